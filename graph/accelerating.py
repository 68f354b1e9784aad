"""`--accelerate`: when what is slow is looked for, and which runs use what was found."""

from dataclasses import dataclass
from pathlib import Path

from graph.stage import Stage
from graph.state import Update
from runtime.compiler.backends.registry import absent_compilers
from runtime.compiler.training_loops import LoopStrategy
from runtime.errors import SandboxFailure
from runtime.harness.spec import COMPILED
from runtime.task import Target
from tools.execution import TrainingRun, accelerate
from tools.execution.acceleration import code_sha256
from tools.results.record import AccelerationRecord

PLACE = "accelerate"


def accelerated(stage: Stage, plain: TrainingRun) -> Update:
    """What became of the code's slow functions, when the task asks for it; `plain` is a run that worked."""
    if not stage.task.accelerate:
        return {}
    task = stage.task
    try:
        record = accelerate(
            stage.sandbox,
            stage.function,
            stage.data,
            plain,
            target=task.target,
            seed=task.seed,
            rows=task.bo_sample,
            trials=task.trials,
            scratch=stage.scratch(PLACE),
            emit=stage.emit,
            cancel=stage.cancel,
        )
    except SandboxFailure as fault:
        record = AccelerationRecord(sentence=f"The plain code runs: the box broke while compiling: {fault}")
    if record.used:
        record.folder = stage.folder.relative(stage.folder.scratch / PLACE / COMPILED)
    stage.check()
    for found in (record, record.loop):
        if found:
            stage.emit({"kind": "note", "text": found.sentence})
    reasons = {reason for function in record.functions for reason in function.reasons}
    absent = [f"accelerate: {sentence}" for sentence in absent_compilers() if sentence in reasons]
    return {"acceleration": record.model_dump(mode="json"), "skipped": absent}


@dataclass(frozen=True)
class Way:
    """How a training runs: all None is plain."""

    compiled: Path | None = None
    """The folder that compiled functions are loaded from, inside the box."""
    strategy: LoopStrategy | None = None

    def __bool__(self) -> bool:
        return self != PLAIN

    def runs_like(self, target: Target) -> Target:
        """Whose number of trainings side by side pays."""
        return "xla" if self.strategy is LoopStrategy.XLA else "cpu" if self.strategy else target

    def __str__(self) -> str:
        parts = ["compiled functions"] if self.compiled else []
        parts += [f"its loop run by {self.strategy}"] if self.strategy else []
        return " and ".join(parts)


PLAIN = Way()


def found_way(stage: Stage, final: bool = False) -> Way:
    """What later runs gain by. `final`: the training that is delivered, which for the target xla runs on XLA."""
    found = stage.state.get("acceleration")
    if not stage.task.accelerate or not found:
        return PLAIN
    record = AccelerationRecord.model_validate(found)
    if record.code_sha256 != code_sha256(stage.function):
        return PLAIN
    loop = record.loop if record.loop and record.loop.used and not (final and stage.task.target == "xla") else None
    return Way(_compiled(stage, record), LoopStrategy(loop.chosen) if loop else None)


def _compiled(stage: Stage, record: AccelerationRecord) -> Path | None:
    if not record.used:
        return None
    place = stage.folder.path / record.folder
    if not place.is_dir():
        stage.emit({"kind": "warning", "text": "The plain code runs: the compiled functions of this run are gone."})
        return None
    return place
