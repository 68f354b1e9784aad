"""`--accelerate`: when slow functions are looked for, and which runs use what was compiled."""

from pathlib import Path

from graph.stage import Stage
from graph.state import Update
from runtime.errors import SandboxFailure
from runtime.harness.spec import COMPILED
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
    stage.emit({"kind": "note", "text": record.sentence})
    reasons = [reason for function in record.functions for reason in function.reasons]
    absent = sorted({f"accelerate: {reason}" for reason in reasons if "not installed" in reason})
    return {"acceleration": record.model_dump(mode="json"), "skipped": absent}


def compiled(stage: Stage) -> Path | None:
    """The folder that later runs load compiled functions from, inside the box; None where the plain code runs."""
    found = stage.state.get("acceleration")
    if not stage.task.accelerate or not found:
        return None
    record = AccelerationRecord.model_validate(found)
    if not record.used or record.code_sha256 != code_sha256(stage.function):
        return None
    place = stage.folder.path / record.folder
    if not place.is_dir():
        stage.emit({"kind": "warning", "text": "The plain code runs: the compiled functions of this run are gone."})
        return None
    return place
