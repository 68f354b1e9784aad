"""Compile slow functions of generated code in a box, choose how its loop runs; use what the same training gains by."""

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
from runtime.job import ExecutionResult, Job, Limits
from runtime.task import Target
from runtime.training_function import TrainingFunction
from tools.execution.comparison import Measured, PlainRun, compared, why_it_failed
from tools.execution.loop import choose_loop
from tools.execution.report import Finite, Name
from tools.execution.subset import input_files
from tools.execution.training import TrainingRun, smoke_rows
from tools.results.record import AccelerationRecord, FunctionRecord
from tools.results.writing import naming_disk_faults

ENTRY = "runtime.harness.accelerate:run"
COMPILING_S = 60.0
LIMITS = Limits(wall_s=180.0, cpu_s=360.0)
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
    no_compiler: Reason = ""
    """Why no C compiler may be started in the box."""


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
    """Look, compile and verify in a box, then run `plain`'s training once more in each way that promises a gain.

    `plain` is a run on at most `rows` rows that worked, `trials` how many like it will follow. What was compiled lies
    in `scratch / COMPILED` afterwards; it is never opened out here. Raises `SandboxFailure` when a box broke.
    """
    begun = time.monotonic()
    before = Measured.of(plain)
    record = AccelerationRecord(
        sentence="", plain_s=before.seconds, plain_score=before.score, code_sha256=code_sha256(function)
    )
    known = PlainRun(runner, function, data, plain, target, seed, rows, scratch, emit, cancel)
    looked = runner.run(_job(known, trials), emit, cancel)
    report, why = _reported(looked)
    record.functions = [FunctionRecord.model_validate(one.model_dump(mode="json")) for one in report.functions]
    record.sentence = why or _none_compiled(record.functions)
    compiled = [one for one in record.functions if one.strategy != CompilationStrategy.INTERPRET]
    if compiled:
        before = _try_functions(known, record, compiled, before)
    place = scratch / COMPILED if record.used else None
    record.loop = choose_loop(known, before, place, report.no_compiler)
    record.seconds = round(time.monotonic() - begun, 3)
    return record


def _try_functions(
    plain: PlainRun, record: AccelerationRecord, compiled: list[FunctionRecord], before: Measured
) -> Measured:
    """Fill in whether later runs use the compiled functions; returns the run to beat from here on."""
    again = plain.again("compared", plain.scratch / COMPILED)
    missing = [one.name for one in compiled if one.name not in again.swapped]
    why = why_it_failed(again)
    why = why or (f"{', '.join(missing)} could not be loaded in another box." if missing else "")
    gained, after = "", before
    if not why:
        after = Measured.of(again)
        record.accelerated_s, record.accelerated_score = after.seconds, after.score
        gained, why = compared(before, after)
    record.used = bool(gained)
    told = "; ".join(f"{one.name} {one.speedup:.1f} × as fast by {one.backend}" for one in compiled)
    record.sentence = f"Compiled, as the boxed job says: {told}. {gained or f'The plain code runs, since {why}'}"
    return after if record.used else before


def code_sha256(function: TrainingFunction) -> str:
    """What compiled functions belong to."""
    return hashlib.sha256(function.training_code.encode("utf-8", "replace")).hexdigest()


def _job(plain: PlainRun, trials: int) -> Job:
    function, data, values = plain.function, plain.data, plain.run.hyperparameters
    seen = smoke_rows(function, data)
    epochs = next((value for name, value in values.items() if name in EPOCH_NAMES), 1)
    times = max(1.0, min(plain.rows, data.train_count) / min(seen, data.train_count)) * (trials + 1)
    spec = AccelerateSpec(
        code=function.training_code, hyperparameters=values, target=plain.target, seed=plain.seed, max_epochs=1,
        seconds=COMPILING_S, repeats=times * max(1, epochs if isinstance(epochs, int | float) else 1),
    )  # fmt: skip
    with naming_disk_faults(plain.scratch):
        plain.scratch.mkdir(parents=True, exist_ok=True)
        inputs = input_files(data, seen, plain.seed)
    name = f"accelerate {function.model_name}"[:80]
    return Job(name=name, entry=ENTRY, payload=spec.model_dump(), inputs=inputs, scratch=plain.scratch, limits=LIMITS)


def _reported(looked: ExecutionResult) -> tuple[Report, str]:
    """What the job found, or why it found nothing."""
    nothing = Report(functions=[], no_compiler="looking for slow functions failed.")
    if not looked.ok:
        why = f"{looked.error.type}: {looked.error.message}" if looked.error else looked.detail or looked.status.value
        return nothing, f"The plain code runs, since looking for slow functions failed: {' '.join(why.split())[:300]}"
    try:
        return Report.model_validate(looked.value), ""
    except ValidationError as fault:
        return nothing, f"The plain code runs: the job's report is malformed in {fault.error_count()} places."


def _none_compiled(functions: list[FunctionRecord]) -> str:
    """Why each hot function was left."""
    if not functions:
        return "The plain code runs: none of its functions took over 10 % of the time by itself."
    why = " ".join(_why_left(one) for one in functions[:MOST_TOLD])
    more = f" And {len(functions) - MOST_TOLD} more." if len(functions) > MOST_TOLD else ""
    return f"The plain code runs, nothing was compiled. {why}{more}"


def _why_left(one: FunctionRecord) -> str:
    """The last reason: that of the compiler that came furthest down the list."""
    reason = one.reasons[-1] if one.reasons else "it is left as it is."
    return reason if reason.startswith(one.name) else f"{one.name}: {reason}"
