"""The last training run and the only look at the hidden test split."""

import shutil
import threading
from pathlib import Path
from typing import Literal

import numpy
from pydantic import BaseModel, Field

from runtime.box.protocol import Sandbox
from runtime.compiler.training_loops import LoopStrategy
from runtime.data_profile import PreparedData
from runtime.events import Emit, ignore_events
from runtime.harness.spec import GRAPH, TEST_PREDICTIONS, VALIDATION_PREDICTIONS, PredictSpec
from runtime.job import ErrorReport, ExecutionResult, Job, Limits, Status
from runtime.search_space import Hyperparameters
from runtime.task import Target
from runtime.training_function import TrainingFunction
from tools.execution.training import MODEL, TrainingRun, train
from tools.measure.baselines import measure_baselines
from tools.measure.metrics import measure
from tools.measure.untrusted import UntrustedFileError, read_array
from tools.results.hashing import sha256_of
from tools.results.record import Measurement, ModelSize
from tools.results.writing import naming_disk_faults

PREDICT = "runtime.harness.predict:run"
FOLDER = Path("trn-execution") / "final"
"""Where the evidence is kept, below the run's folder."""
TOLERATED_GAP = 0.05
"""Between the validation scores of the training job and of the fresh box; quantization is the same in both."""
PREDICT_LIMITS = Limits(wall_s=300.0, cpu_s=600.0)


class Finalized(BaseModel):
    """A measured model. Files are relative to the run's folder; hashes are SHA-256 by the same paths."""

    run: TrainingRun
    test: Measurement
    validation: Measurement
    """Measured in the fresh box too, from the quantized weights."""
    baselines: dict[str, float]
    beats_baselines: bool
    size: ModelSize
    size_limit_kb: float
    test_rows: int
    model_file: str
    graph_file: str
    predictions_file: str
    hashes: dict[str, str]
    warnings: list[str] = Field(default_factory=list)


class FinalizeFailure(BaseModel):
    """Why there is no measured model: the code failed, or the model is too large."""

    kind: Literal["code", "too_large"]
    stage: Literal["train", "size", "predict"]
    message: str
    execution: ExecutionResult
    """Of the job that failed: for a model that is too large, of the training that made it."""
    run: TrainingRun
    size: ModelSize | None = None

    @property
    def failure_line(self) -> str:
        return self.message


def finalize(
    sandbox: Sandbox,
    function: TrainingFunction,
    data: PreparedData,
    hyperparameters: Hyperparameters,
    target: Target,
    size_limit_kb: float,
    seed: int,
    run_folder: Path,
    emit: Emit = ignore_events,
    cancel: threading.Event | None = None,
    limits: Limits | None = None,
    compiled: Path | None = None,
    strategy: LoopStrategy | None = None,
) -> Finalized | FinalizeFailure:
    """Train on the whole train split in a fresh box, quantize out here, check the limit, then predict in another box.

    That second box gets the exported graph, the quantized weights and X without labels: no generated Python runs in
    it. `compiled` and `strategy` are as in `train`. An earlier attempt's folder is replaced. Raises `SandboxFailure`
    when a box broke, and `DiskFull`.
    """
    place = run_folder / FOLDER
    with naming_disk_faults(place):
        if place.exists():
            shutil.rmtree(place)
    run = train(
        sandbox, function, data, hyperparameters, target=target, seed=seed, scratch=place / "train",
        export=True, limits=limits, compiled=compiled, strategy=strategy, emit=emit, cancel=cancel,
    )  # fmt: skip
    if run.failed or run.size is None:
        return FinalizeFailure(
            kind="code", stage="train", message=run.failure_line, execution=run.execution, run=run, size=run.size
        )
    if run.size.real_kb > size_limit_kb:
        message = f"the model takes {run.size.real_kb:.1f} KB, and {size_limit_kb:g} KB is the limit"
        told = run.execution.model_copy(update={"detail": message})  # whoever mends it reads the job's end alone
        return FinalizeFailure(kind="too_large", stage="size", message=message, execution=told, run=run, size=run.size)
    executed = sandbox.run(_predict_job(data, place), emit, cancel)
    try:
        if not executed.ok:
            raise UntrustedFileError(_why(executed))
        return _measured(run, run.size, data, size_limit_kb, seed, run_folder)
    except UntrustedFileError as fault:
        if executed.ok:
            executed.status = Status.TAMPERED if isinstance(fault, TamperedError) else Status.RAISED
            executed.detail = str(fault)
            executed.error = ErrorReport(type="MeasurementFault", message=str(fault), phase="measure")
        return FinalizeFailure(
            kind="code", stage="predict", message=str(fault), execution=executed, run=run, size=run.size
        )


def _predict_job(data: PreparedData, place: Path) -> Job:
    scratch = place / "predict"
    scratch.mkdir(parents=True, exist_ok=True)
    folder = Path(data.folder)
    inputs = {
        "graph": place / "train" / GRAPH,
        "model": place / "train" / MODEL,
        "X_test": folder / "X_test.npy",
        "X_val": folder / "X_val.npy",
    }
    payload = PredictSpec(next_tokens=data.profile.task_type == "language_modeling").model_dump()
    return Job(name="predict", entry=PREDICT, payload=payload, inputs=inputs, scratch=scratch, limits=PREDICT_LIMITS)


def _measured(
    run: TrainingRun, size: ModelSize, data: PreparedData, size_limit_kb: float, seed: int, run_folder: Path
) -> Finalized:
    """Score both splits and the baselines. `hidden/y_test.npy` is read here, once, and nowhere else."""
    place, folder = run_folder / FOLDER, Path(data.folder)
    val_labels = numpy.load(folder / "y_val.npy", allow_pickle=False)
    validation, _ = measure(read_array(place / "predict" / VALIDATION_PREDICTIONS), val_labels, data.profile)
    check_honest(run.score, validation)
    predictions = read_array(place / "predict" / TEST_PREDICTIONS)
    labels = numpy.load(folder / "hidden" / "y_test.npy", allow_pickle=False)
    test, warnings = measure(predictions, labels, data.profile)
    baselines = measure_baselines(data, labels, seed)
    files = [FOLDER / "train" / MODEL, FOLDER / "train" / GRAPH, FOLDER / "predict" / TEST_PREDICTIONS]
    best = max(baselines.scores.values())
    if test.score <= best:
        name = max(baselines.scores, key=lambda key: baselines.scores[key])
        warnings.append(f"the model ({test.score:.4f}) does not beat {name} ({best:.4f}) on the test rows")
    return Finalized(
        run=run, test=test, validation=validation, baselines=baselines.scores, beats_baselines=test.score > best,
        size=size, size_limit_kb=size_limit_kb, test_rows=len(labels),
        model_file=files[0].as_posix(), graph_file=files[1].as_posix(), predictions_file=files[2].as_posix(),
        hashes={file.as_posix(): sha256_of(run_folder / file) for file in files},
        warnings=list(dict.fromkeys([*run.warnings, *warnings, *baselines.notes])),
    )  # fmt: skip


class TamperedError(UntrustedFileError):
    """The predictions that the training job left are not those of the model that it left."""


def check_honest(score: float, fresh: Measurement) -> None:
    """Compare the validation score of the training job, which generated code could forge, with the fresh box's.

    Raises `TamperedError` when they are far apart, as a share of the fresh score where that is beyond 1.
    """
    if abs(score - fresh.score) > TOLERATED_GAP * max(1.0, abs(fresh.score)):
        raise TamperedError(
            f"the training job's validation predictions score {score:.3f}, and those of the model that it left score "
            f"{fresh.score:.3f}: forward must be deterministic and the harness left alone"
        )


def _why(executed: ExecutionResult) -> str:
    error = executed.error
    text = f"{error.type}: {error.message}" if error else f"{executed.status.value}: {executed.detail}"
    return f"the exported model could not be run: {' '.join(text.split())[:300]}"
