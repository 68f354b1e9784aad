"""Compile slow pure-Python functions of generated code in a box; use them only where the same training gains by it."""

import hashlib
import threading
import time
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from runtime.box.protocol import Runner
from runtime.compiler.strategy import CompilationStrategy
from runtime.data_profile import PreparedData
from runtime.events import Emit, ignore_events
from runtime.harness.spec import COMPILED, EPOCH_NAMES, AccelerateSpec
from runtime.job import ExecutionResult, Job, Limits, Status
from runtime.task import Target
from runtime.training_function import TrainingFunction
from tools.execution.report import Finite, Name
from tools.execution.subset import input_files
from tools.execution.training import TrainingRun, smoke_rows, train
from tools.results.record import AccelerationRecord, FunctionRecord
from tools.results.writing import naming_disk_faults

ENTRY = "runtime.harness.accelerate:run"
COMPILING_S = 60.0
LIMITS = Limits(wall_s=180.0, cpu_s=360.0)
LEAST_GAIN = 1.05
"""Of the whole training; below it the plain code stays."""
TOLERATED_CHANGE = 0.02
"""Of the validation score: sums in another order may end in another epoch's best model."""
MOST_TOLD = 3
Reason = Annotated[str, Field(max_length=400)]


class _Function(BaseModel):
    """A `FunctionRecord` as a boxed job says it: bounded, since generated code shares its process."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(max_length=200)]
    line: int = Field(ge=0)
    share: Finite = Field(ge=0)
    strategy: CompilationStrategy = CompilationStrategy.INTERPRET
    backend: Name = "python"
    speedup: Finite = Field(1.0, ge=0)
    compile_s: Finite = Field(0.0, ge=0)
    reasons: list[Reason] = Field(default_factory=list, max_length=10)


class Report(BaseModel):
    """The value of `runtime.harness.accelerate:run`."""

    model_config = ConfigDict(extra="forbid")

    functions: list[_Function] = Field(max_length=32)


def accelerate(
    runner: Runner,
    function: TrainingFunction,
    data: PreparedData,
    plain: TrainingRun,
    *,
    target: Target,
    seed: int,
    rows: int,
    trials: int,
    scratch: Path,
    emit: Emit = ignore_events,
    cancel: threading.Event | None = None,
) -> AccelerationRecord:
    """Look, compile and verify in a box, then run `plain`'s training once more with what was compiled.

    `plain` is a run on at most `rows` rows that worked, `trials` how many like it will follow. What was compiled lies
    in `scratch / COMPILED` afterwards; it is never opened out here. Raises `SandboxFailure` when a box broke.
    """
    begun = time.monotonic()
    record = AccelerationRecord(
        sentence="", plain_s=_seconds(plain), plain_score=plain.score, code_sha256=code_sha256(function)
    )
    looked = runner.run(_job(function, data, plain, target, seed, rows, trials, scratch), emit, cancel)
    record.functions, record.sentence = _reported(looked)
    compiled = [one for one in record.functions if one.strategy != CompilationStrategy.INTERPRET]
    if compiled:
        again = train(
            runner, function, data, plain.hyperparameters, target=target, seed=seed, rows=rows,
            scratch=scratch.with_name(f"{scratch.name}-compared"), compiled=scratch / COMPILED,
            limits=Limits(wall_s=max(60.0, 2 * plain.seconds)), emit=emit, cancel=cancel,
        )  # fmt: skip
        record.sentence, record.used = _compared(record, again, [one.name for one in compiled])
        told = "; ".join(f"{one.name} runs {one.speedup:.1f} × as fast by {one.backend}" for one in compiled)
        record.sentence = f"{told}. {record.sentence}"
    record.seconds = round(time.monotonic() - begun, 3)
    return record


def code_sha256(function: TrainingFunction) -> str:
    """What compiled functions belong to."""
    return hashlib.sha256(function.training_code.encode("utf-8", "replace")).hexdigest()


def _job(
    function: TrainingFunction, data: PreparedData, plain: TrainingRun, target: Target, seed: int, rows: int,
    trials: int, scratch: Path,
) -> Job:  # fmt: skip
    seen = smoke_rows(function, data)
    epochs = next((value for name, value in plain.hyperparameters.items() if name in EPOCH_NAMES), 1)
    times = max(1.0, min(rows, data.train_count) / min(seen, data.train_count)) * (trials + 1)
    spec = AccelerateSpec(
        code=function.training_code, hyperparameters=plain.hyperparameters, target=target, seed=seed, max_epochs=1,
        seconds=COMPILING_S, repeats=times * max(1, epochs if isinstance(epochs, int | float) else 1),
    )  # fmt: skip
    with naming_disk_faults(scratch):
        scratch.mkdir(parents=True, exist_ok=True)
        inputs = input_files(data, seen, seed)
    name = f"accelerate {function.model_name}"[:80]
    return Job(name=name, entry=ENTRY, payload=spec.model_dump(), inputs=inputs, scratch=scratch, limits=LIMITS)


def _reported(looked: ExecutionResult) -> tuple[list[FunctionRecord], str]:
    """What became of each hot function, and a sentence for when none was compiled."""
    if not looked.ok:
        why = f"{looked.error.type}: {looked.error.message}" if looked.error else looked.detail or looked.status.value
        return [], f"The plain code runs, since looking for slow functions failed: {' '.join(why.split())[:300]}"
    try:
        report = Report.model_validate(looked.value)
    except ValidationError as fault:
        return [], f"The plain code runs: the job's report is malformed in {fault.error_count()} places."
    functions = [FunctionRecord.model_validate(one.model_dump(mode="json")) for one in report.functions]
    if not functions:
        return [], "The plain code runs: none of its functions took over 10 % of the time by itself."
    why = " ".join(_why_left(one) for one in functions[:MOST_TOLD])
    more = f" And {len(functions) - MOST_TOLD} more." if len(functions) > MOST_TOLD else ""
    return functions, f"The plain code runs, nothing was compiled. {why}{more}"


def _why_left(one: FunctionRecord) -> str:
    """The last reason: that of the compiler that came furthest down the list."""
    reason = one.reasons[-1] if one.reasons else "it is left as it is."
    return reason if reason.startswith(one.name) else f"{one.name}: {reason}"


def _compared(record: AccelerationRecord, again: TrainingRun, names: list[str]) -> tuple[str, bool]:
    """How the training went with the compiled functions, and whether later runs use them."""
    if again.execution.status is Status.CANCELLED:
        return "The plain code runs: the comparison was stopped.", False
    if again.failed:
        return f"The plain code runs, since the training failed with it: {again.failure_line}", False
    missing = [name for name in names if name not in again.swapped]
    if missing:
        return f"The plain code runs: {', '.join(missing)} could not be loaded in another box.", False
    record.accelerated_s, record.accelerated_score = _seconds(again), again.score
    before = record.plain_score or 0.0
    times = f"{record.accelerated_s:.1f} s in place of {record.plain_s:.1f} s"
    scores = f"validation {again.score:.4f} in place of {before:.4f}"
    if abs(again.score - before) > TOLERATED_CHANGE * max(1.0, abs(before)):
        return f"The plain code runs, since the training ended elsewhere with it: {scores}.", False
    if record.gain < LEAST_GAIN:
        return f"The plain code runs, since the whole training gained too little: {times}.", False
    return f"The same training took {times}, {record.gain:.1f} × as fast, {scores}.", True


def _seconds(run: TrainingRun) -> float:
    """Of the job itself, without the start of its process."""
    return round(run.execution.duration_s - run.execution.start_s, 3)
