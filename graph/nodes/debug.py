"""Ask the debugger for one of three corrections and apply it; every loop through here is counted."""

from agents.contracts import Attempt, Correction, DebugRequest
from graph.nodes.code import keep_function
from graph.stage import Stage
from graph.state import Update, ending
from runtime.job import ExecutionResult
from runtime.outcome import Outcome, StopCause
from tools.results.record import DebugRecord

SIZE = "size limit"
"""The name of the failure of a model that works and is too large."""


def run(stage: Stage) -> Update:
    """The corrected function, or the outcome that ends the loop."""
    failure, tried = stage.state["failure"], [Attempt.model_validate(a) for a in stage.state.get("tried", [])]
    if len(tried) >= stage.task.debug_chances:
        return _exhausted(stage)
    correction = stage.agents.debugger.correct(_request(stage, tried))
    record = DebugRecord(
        stage=failure["stage"],
        failure=failure["line"],
        correction=correction.explanation,
        kind=correction.kind,
        line=(failure["result"].get("error") or {}).get("line"),
    )
    detail = {"correction_detail": correction.model_dump(mode="json")}
    stage.folder.save_json("trn-execution", record.model_dump() | detail, name="correction")
    attempt = Attempt(correction=correction, failure=failure["line"])
    update: Update = {
        "debugging": [record.model_dump()],
        "tried": [attempt.model_dump(mode="json")],
        "note": f"{correction.kind}: {correction.explanation}",
    }
    if correction.kind == "system_issue":
        cause = correction.cause or StopCause.UNKNOWN
        return update | ending(Outcome.STOP_PIPELINE, correction.explanation, cause)
    if any(_same(correction, earlier.correction) for earlier in tried):
        message = f"The debugger answered the same correction twice; the failure that is left: {failure['line']}"
        return update | ending(Outcome.STOP_PIPELINE, message, StopCause.REPEATED_CORRECTION)
    changes = {name: getattr(correction, name) for name in ("bo_config", "training_code") if getattr(correction, name)}
    update |= keep_function(stage, stage.function.model_copy(update=changes), "code-generation")
    if "training_code" in changes:
        update["function"]["generated_by"] = _authors(stage)
    return update | {"failure": {}, "rewrites": 0}


def _authors(stage: Stage) -> str:
    """Who wrote the code, the debugger included, once."""
    author, debugger = stage.state["function"]["generated_by"], f"corrected by {stage.task.model_for('debugger')}"
    return author if debugger in author else f"{author}, {debugger}"


def _request(stage: Stage, tried: list[Attempt]) -> DebugRequest:
    failure = stage.state["failure"]
    return DebugRequest(
        function=stage.function,
        hyperparameters=failure["hyperparameters"],
        failure=ExecutionResult.model_validate(failure["result"]),
        target=stage.task.target,
        size_limit_kb=stage.task.size_limit_kb,
        xla_metrics=failure.get("xla", {}),
        tried=tried,
    )


def _exhausted(stage: Stage) -> Update:
    failure = stage.state["failure"]
    chances = stage.task.debug_chances
    if failure["stage"] == SIZE:
        return ending(Outcome.CONSTRAINT_UNMET, failure["line"])
    message = f"{chances} corrections did not cure it: {failure['line']}"
    return ending(Outcome.DEBUG_CHANCES_EXHAUSTED, message) | {"note": message}


def _same(one: Correction, other: Correction) -> bool:
    """The explanation may be worded anew; the correction is what counts."""
    return one.model_dump(exclude={"explanation"}) == other.model_dump(exclude={"explanation"})
