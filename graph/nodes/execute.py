"""Run the function in the box: a smoke run first, then the real one."""

from graph.accelerating import accelerated
from graph.stage import Stage
from graph.state import Json, Update, failure
from runtime.job import Status
from tools.execution import TrainingRun, smoke_run, train


def run(stage: Stage) -> Update:
    """The measured result of the real run, or the failure that the debugger gets."""
    function, task = stage.function, stage.task
    smoke = smoke_run(
        stage.sandbox,
        function,
        stage.data,
        target=task.target,
        seed=task.seed,
        scratch=stage.scratch("smoke"),
        emit=stage.emit,
        cancel=stage.cancel,
    )
    if smoke.failed:
        return failed(stage, "smoke run", smoke)
    real = train(
        stage.sandbox,
        function,
        stage.data,
        stage.state["hyperparameters"],
        target=task.target,
        seed=task.seed,
        rows=task.bo_sample,
        scratch=stage.scratch("execute"),
        emit=stage.emit,
        cancel=stage.cancel,
    )
    if real.failed:
        return failed(stage, "execution", real)
    stage.folder.save_json("trn-execution", real)
    return accelerated(stage, real) | {
        "execution": summary(real),
        "failure": {},
        "hyperparameters": real.hyperparameters,
        "repairs": real.repairs,
        "warnings": real.warnings,
        "note": f"validation {real.score:.4f} in {real.seconds:.0f} s on {real.device}",
    }


def failed(stage: Stage, where: str, run: TrainingRun) -> Update:
    """Describe a failed run for the debugger; a cancelled one is no failure of the code."""
    if run.execution.status is Status.CANCELLED:
        stage.check()
    stage.folder.save_json("trn-execution", run)
    found = failure(where, run.failure_line, run.execution, run.hyperparameters, run.xla)
    return {"failure": found, "repairs": run.repairs, "note": f"{where} failed: {run.failure_line}"}


def summary(run: TrainingRun) -> Json:
    """What a reader wants to know of a run that worked."""
    return run.model_dump(
        mode="json", include={"validation", "size", "curves", "xla", "device", "device_fallback", "seconds", "swapped"}
    ) | {
        "sandbox": run.execution.sandbox,
        "node": run.execution.node,
        "hyperparameters": run.hyperparameters,
        "score": run.score,
    }
