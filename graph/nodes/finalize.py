"""Retrain with the best values, measure once on the hidden test split, export the project and run it."""

from graph.accelerating import PLAIN, Way, found_way
from graph.nodes.debug import SIZE
from graph.nodes.execute import summary
from graph.record import record_of
from graph.stage import Stage
from graph.state import State, Update, ending, failure
from runtime.job import ExecutionResult, Status
from runtime.outcome import Outcome
from tools.execution import Finalized, FinalizeFailure, finalize
from tools.export import export_project, project_job, project_ran
from tools.results.record import Evidence


def run(stage: Stage) -> Update:
    """SUCCESS with its evidence, or the failure that the debugger gets."""
    way, warned = found_way(stage, final=True), []
    result = _finalized(stage, way)
    if way and isinstance(result, FinalizeFailure) and result.kind == "code":
        stage.check()
        warned = [f"The final training ran plain, since it failed with {way}: {result.failure_line}"]
        result = _finalized(stage, PLAIN)
    if isinstance(result, FinalizeFailure):
        return _failed(stage, result)
    evidence = _evidence(result)
    ran = _run_project(stage, result, evidence)
    if not ran.ok:
        line = f"the exported project did not run: {ran.detail or ran.status.value}"
        return {"failure": failure("project", line, ran, stage.state["hyperparameters"]), "note": line}
    evidence = evidence.model_copy(update={"project_ran": True})
    test, size = evidence.test, evidence.size
    sentence = f"test {test.metric} {test.score:.4f} on {evidence.test_rows} rows, {size.real_kb:.1f} KB"
    return ending(Outcome.SUCCESS, sentence) | {
        "execution": stage.state.get("execution", {}) | summary(result.run),
        "evidence": evidence.model_dump(mode="json"),
        "hyperparameters": result.run.hyperparameters,
        "repairs": result.run.repairs,
        "warnings": [*warned, *result.warnings],
        "failure": {},
        "note": sentence,
    }


def _finalized(stage: Stage, way: Way) -> Finalized | FinalizeFailure:
    task = stage.task
    return finalize(
        stage.sandbox,
        stage.function,
        stage.data,
        stage.state["hyperparameters"],
        target=task.target,
        size_limit_kb=task.size_limit_kb,
        seed=task.seed,
        run_folder=stage.folder.path,
        emit=stage.emit,
        cancel=stage.cancel,
        compiled=way.compiled,
        strategy=way.strategy,
    )


def _evidence(result: Finalized) -> Evidence:
    facts = result.model_dump(exclude={"run", "warnings"})
    return Evidence(**facts, project_folder="project", project_ran=False)


def _run_project(stage: Stage, result: Finalized, evidence: Evidence) -> ExecutionResult:
    """Export the standalone project and run it once in a clean box: its last line of defence."""
    found: State = {"evidence": evidence.model_dump(mode="json"), "hyperparameters": result.run.hyperparameters}
    record = record_of({**stage.state, **found}, stage.ledger)
    folder = export_project(record, stage.function, stage.data, stage.folder.path, stage.folder.project)
    scratch = stage.scratch("project")
    done = stage.sandbox.run(project_job(folder, scratch), stage.emit, stage.cancel)
    if done.status is Status.CANCELLED:
        stage.check()
    if done.ok and not project_ran(done, scratch):
        detail = f"it left no weights (exit code {(done.value or {}).get('exit_code')}): {done.stderr[-300:]}"
        return done.model_copy(update={"status": Status.RAISED, "detail": detail})
    return done


def _failed(stage: Stage, result: FinalizeFailure) -> Update:
    if result.execution.status is Status.CANCELLED:
        stage.check()
    where = SIZE if result.kind == "too_large" else f"finalize ({result.stage})"
    return {
        "failure": failure(where, result.failure_line, result.execution, stage.state["hyperparameters"]),
        "note": f"{where}: {result.failure_line}",
    }
