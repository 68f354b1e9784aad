"""The state of a run as its `run.json`."""

from graph.criteria import unmet_sentence
from graph.state import State
from runtime.data_profile import PreparedData
from runtime.models.usage import Ledger
from runtime.outcome import Outcome, StopCause
from runtime.task import Task
from tools.papers.brief import ChunkResult, CriterionVerdict, PaperBrief
from tools.recommend.recommendation import Recommendation
from tools.results.record import (
    AccelerationRecord,
    DebugRecord,
    DecisionRecord,
    Evidence,
    ReviewRecord,
    RunRecord,
    StageRecord,
    TuningRecord,
    Usage,
)


def record_of(state: State, ledger: Ledger) -> RunRecord:
    """Everything known so far; a run that still goes on has no outcome."""
    execution = state.get("execution", {})
    function = state.get("function", {})
    data = state.get("data")
    return RunRecord(
        id=state["run_id"],
        task=Task.model_validate(state["task"]),
        outcome=Outcome(state["outcome"]) if state.get("outcome") else None,
        cause=StopCause(state["cause"]) if state.get("cause") else None,
        message=state.get("message", ""),
        started=state["started"],
        seconds=sum(visit["seconds"] for visit in state.get("stages", [])),
        profile=PreparedData.model_validate(data).profile if data else None,
        model_name=function.get("model_name", ""),
        generated_by=function.get("generated_by", ""),
        confidence=function.get("confidence"),
        reasons=function.get("reasons", []),
        hyperparameters=state.get("hyperparameters", {}),
        literature=state.get("literature"),
        paper=state.get("paper"),
        brief=PaperBrief.model_validate(state["brief"]) if state.get("brief") else None,
        chunks=[ChunkResult.model_validate(line) for line in state.get("chunks", [])],
        recommendation=Recommendation.model_validate(state["recommendation"]) if state.get("recommendation") else None,
        dataset=state.get("dataset", ""),
        criteria=[CriterionVerdict.model_validate(line) for line in state.get("criteria", [])],
        candidates=state.get("candidates", []),
        stages=[StageRecord.model_validate(line) for line in state.get("stages", [])],
        reviews=[ReviewRecord.model_validate(line) for line in state.get("reviews", [])],
        debugging=[DebugRecord.model_validate(line) for line in state.get("debugging", [])],
        repairs=state.get("repairs", []),
        tuning=TuningRecord.model_validate(state["tuning"]) if state.get("tuning") else None,
        acceleration=AccelerationRecord.model_validate(state["acceleration"]) if state.get("acceleration") else None,
        curves=execution.get("curves", {}),
        xla=execution.get("xla", {}),
        device=execution.get("device", ""),
        sandbox=execution.get("sandbox", ""),
        executor=state["task"].get("executor", "local"),
        evidence=Evidence.model_validate(state["evidence"]) if state.get("evidence") else None,
        partial=_partial(state),
        decisions=[DecisionRecord.model_validate(line) for line in state.get("decisions", [])],
        thread_id=state.get("thread_id", ""),
        replayed=ledger.replayed,
        usage=[Usage.model_validate(line) for line in ledger.as_records()],
        model_seconds=round(ledger.model_seconds, 3),
        warnings=_warnings(state, ledger.replayed),
        skipped=list(dict.fromkeys(state.get("skipped", []))),
        files=_files(state),
    )


def _warnings(state: State, replayed: bool) -> list[str]:
    """What the stages warned of, once each, and which of the paper's criteria the code as it stands does not meet."""
    brief, said = state.get("brief"), state.get("warnings", [])
    if brief:
        verdicts = [CriterionVerdict.model_validate(line) for line in state.get("criteria", [])]
        said = [*said, unmet_sentence(PaperBrief.model_validate(brief).criteria, verdicts)]
    if replayed:
        said = [
            *said,
            "The model answers of this run were replayed from a recording; no model was asked, and no "
            "literature but your own papers was searched.",
        ]
    return [text for text in dict.fromkeys(said) if text]


def _partial(state: State) -> dict[str, object]:
    """The best result of a run without evidence: validation figures, said to be that."""
    execution = state.get("execution")
    if state.get("evidence") or not execution:
        return {}
    return {"what": "validation only, not evidence", "validation": execution["validation"], "size": execution["size"]}


def _files(state: State) -> dict[str, str]:
    """What the files are that a reader looks for first, by path."""
    files = {"report.html": "this run, for people", "run.json": "this run, for programs"}
    if brief := state.get("brief_file"):
        files[brief] = "the paper's brief, for programs"
        files[brief.removesuffix(".json") + ".md"] = "the paper's brief, for people"
    if state.get("function_file"):
        files[state["function_file"]] = "the training function that ran last, in the seed's format"
    if evidence := state.get("evidence"):
        files |= {
            evidence["model_file"]: "the quantized weights that were measured",
            evidence["graph_file"]: "the exported graph that was measured",
            evidence["predictions_file"]: "its answers on the test rows",
            evidence["project_folder"]: "the standalone project",
        }
    return files
