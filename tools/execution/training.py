"""Smoke runs and training runs: generated code in a box, its validation score computed outside of it."""

import shutil
import threading
from pathlib import Path

import numpy
from pydantic import BaseModel, Field, ValidationError

from runtime.box.protocol import Runner
from runtime.compiler.training_loops import LoopStrategy
from runtime.data_profile import PreparedData
from runtime.errors import InputError
from runtime.events import Emit, ignore_events
from runtime.harness.spec import (
    COMPILED,
    GRAPH,
    QUANTIZATION,
    VALIDATION_PREDICTIONS,
    WEIGHTS,
    QuantizationBits,
    TrainSpec,
)
from runtime.job import ErrorReport, ExecutionResult, Job, Limits, Status
from runtime.search_space import Hyperparameters, defaults
from runtime.task import Target
from runtime.training_function import TrainingFunction
from tools.execution.hyperparameters import repair
from tools.execution.report import LoopFacts, TrainReport, discrepancy
from tools.execution.subset import input_files
from tools.measure.metrics import measure
from tools.measure.size import measure_size
from tools.measure.untrusted import UntrustedFileError, read_array
from tools.results.record import Measurement, ModelSize
from tools.results.writing import naming_disk_faults

ENTRY = "runtime.harness.train:run"
MODEL = "model.safetensors"
"""The quantized weights, written by the trusted side into the scratch folder."""
SMOKE_LIMITS = Limits(wall_s=180.0, cpu_s=360.0)
SMOKE_ROWS = 64


class TrainingRun(BaseModel):
    """A boxed training job and what the trusted side measured of it."""

    execution: ExecutionResult
    hyperparameters: Hyperparameters
    repairs: list[str] = Field(default_factory=list)
    validation: Measurement | None = None
    size: ModelSize | None = None
    curves: dict[str, list[float]] = Field(default_factory=dict)
    """As the generated code claims them."""
    xla: dict[str, float] = Field(default_factory=dict)
    phases: dict[str, float] = Field(default_factory=dict)
    """Seconds in load, call, contract, measure and export, as the job says."""
    swapped: list[str] = Field(default_factory=list)
    """Functions that ran compiled, as the job says."""
    parameters: int = 0
    loop: LoopFacts | None = None
    device: str = ""
    device_fallback: str = ""
    seconds: float = 0.0
    warnings: list[str] = Field(default_factory=list)

    @property
    def failed(self) -> bool:
        return not self.execution.ok or self.validation is None

    @property
    def score(self) -> float:
        """The measured validation score, higher is better. Raises `ValueError` for a failed run."""
        if self.validation is None:
            raise ValueError(f"a failed run has no score: {self.failure_line}")
        return self.validation.score

    @property
    def failure_line(self) -> str:
        """The failure in one line, empty for a run that worked."""
        if not self.failed:
            return ""
        error = self.execution.error
        if error is None:
            return f"{self.execution.status.value}: {' '.join(self.execution.detail.split())[:300]}"
        where = f" (line {error.line})" if error.line else ""
        text = " ".join(error.message.split())[:300]
        return f"{error.phase or self.execution.status.value}: {error.type}: {text}{where}"


def smoke_run(
    runner: Runner,
    function: TrainingFunction,
    data: PreparedData,
    target: Target,
    seed: int,
    scratch: Path,
    emit: Emit = ignore_events,
    cancel: threading.Event | None = None,
    limits: Limits = SMOKE_LIMITS,
) -> TrainingRun:
    """A few rows of every class, one epoch, exported: the cheapest run that meets every phase.

    Raises `SandboxFailure` when the box broke; generated code that fails is a failed `TrainingRun`.
    """
    return train(
        runner, function, data, defaults(function.bo_config), target=target, seed=seed, scratch=scratch,
        export=True, rows=smoke_rows(function, data), limits=limits, max_epochs=1, emit=emit, cancel=cancel,
    )  # fmt: skip


def smoke_rows(function: TrainingFunction, data: PreparedData) -> int:
    """Enough for every class and two batches."""
    values = defaults(function.bo_config)
    batches = [int(value) for name, value in values.items() if "batch" in name and isinstance(value, int | float)]
    return max(SMOKE_ROWS, 4 * (data.profile.num_classes or 1), *(2 * batch for batch in batches))


def train(
    runner: Runner,
    function: TrainingFunction,
    data: PreparedData,
    hyperparameters: Hyperparameters,
    *,
    target: Target,
    seed: int,
    scratch: Path,
    export: bool = False,
    rows: int | None = None,
    limits: Limits | None = None,
    max_epochs: int | None = None,
    compiled: Path | None = None,
    strategy: LoopStrategy | None = None,
    emit: Emit = ignore_events,
    cancel: threading.Event | None = None,
) -> TrainingRun:
    """Repair the values, train in `runner` on at most `rows` rows, and measure on the validation labels out here.

    `compiled` holds functions that an accelerating job compiled: they replace the plain ones, inside the box;
    `strategy` runs the steps in another way than the target's own.
    `scratch` then holds `val_predictions.npy`, `weights.safetensors`, the trusted `model.safetensors` and, when
    `export` is set, `graph.pt2`. Raises `SandboxFailure` when the box broke; anything that generated code does wrong,
    an impossible search space included, is a failed `TrainingRun`. Raises `DiskFull` too.
    """
    try:
        values, repairs = repair(hyperparameters, function.bo_config, function.constraints)
    except InputError as error:
        report = ErrorReport(type="ConstraintError", message=str(error), phase="load")
        failed = ExecutionResult(status=Status.RAISED, error=report, detail=str(error))
        return TrainingRun(execution=failed, hyperparameters=hyperparameters)
    bits = quantization_bits(values)
    with naming_disk_faults(scratch):
        inputs = input_files(data, rows, seed) | ({COMPILED: compiled} if compiled else {})
        clear(scratch)
    spec = TrainSpec(
        code=function.training_code, hyperparameters=values, target=target, seed=seed,
        quantization_bits=bits, export=export, max_epochs=max_epochs, strategy=strategy,
        next_tokens=data.profile.task_type == "language_modeling",
    )  # fmt: skip
    job = Job(
        name=f"train {function.model_name}"[:80], entry=ENTRY, payload=spec.model_dump(), inputs=inputs,
        scratch=scratch, limits=limits or Limits(),
    )  # fmt: skip
    run = TrainingRun(execution=runner.run(job, emit, cancel), hyperparameters=values, repairs=repairs)
    run.seconds = run.execution.duration_s
    if run.execution.ok:
        _measure(run, data, inputs["y_val"], scratch, bits, export)
    return run


def clear(scratch: Path) -> None:
    """Make the folder, without what an earlier job left there: it could be measured in place of this one's."""
    scratch.mkdir(parents=True, exist_ok=True)
    for name in (VALIDATION_PREDICTIONS, WEIGHTS, GRAPH, MODEL):
        place = scratch / name
        if place.is_dir() and not place.is_symlink():
            shutil.rmtree(place)
        else:
            place.unlink(missing_ok=True)


def quantization_bits(values: Hyperparameters) -> QuantizationBits:
    """What the hyperparameters ask for; 32 when they say nothing, or nothing valid."""
    asked = values.get(QUANTIZATION)
    return 8 if asked == 8 else 16 if asked == 16 else 32


def _measure(
    run: TrainingRun, data: PreparedData, label_file: Path, scratch: Path, bits: QuantizationBits, export: bool
) -> None:
    """Fill `run` from the files that the job left, or make it failed by naming their fault."""
    try:
        report = TrainReport.model_validate(run.execution.value)
        run.curves, run.xla, run.phases = report.curves, report.xla, report.seconds
        run.swapped, run.parameters, run.loop = report.swapped, report.parameters, report.loop
        run.device, run.device_fallback = report.device, report.device_fallback
        labels = numpy.load(label_file, mmap_mode="r", allow_pickle=False)
        predictions = read_array(scratch / VALIDATION_PREDICTIONS)
        measured, run.warnings = measure(predictions, numpy.asarray(labels), data.profile)
        graph = scratch / GRAPH if export else None
        run.size = measure_size(scratch / WEIGHTS, bits, scratch / MODEL, graph)
        run.validation = measured
    except UntrustedFileError as fault:
        reject(run, "MeasurementFault", str(fault))
        return
    except ValidationError as fault:
        run.execution.status = Status.TAMPERED
        reject(run, "TamperedReport", f"the job's report is malformed in {fault.error_count()} places")
        return
    if data.profile.task_type == "classification":
        gap = discrepancy(report, measured.score)
        run.warnings += [gap] if gap else []
    if report.device_fallback:
        run.warnings.append(report.device_fallback)


def reject(run: TrainingRun, kind: str, message: str) -> None:
    """Turn a run that ended well into a failure of the generated code in phase `measure`."""
    if run.execution.status is Status.OK:
        run.execution.status = Status.RAISED
    run.execution.error = ErrorReport(type=kind, message=message, traceback=f"{kind}: {message}", phase="measure")
    run.execution.detail = message
    run.validation = None
