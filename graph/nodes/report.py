"""Write `run.json` and `report.html`, and say in the chat how it ended."""

from pathlib import Path

from langchain_core.messages import AIMessage

from graph.nodes.code import keep_in_cache, tell_cache, writer
from graph.record import record_of
from graph.stage import Stage
from graph.state import Update
from runtime.outcome import Outcome
from tools.report import write_report
from tools.results.paper_result import paper_result
from tools.results.record import RunRecord


def run(stage: Stage) -> Update:
    """The end of every run: exactly one outcome, on disk."""
    if not stage.state.get("started"):  # the input was refused before there was a run
        return {"messages": [AIMessage(stage.state["message"])]}
    record = record_of(stage.state, stage.ledger)
    if record.task.paper:
        code = stage.function.training_code if stage.state.get("function_file") else ""
        result = stage.folder.save_json("code-generation", paper_result(record, code), name="result")
        record.files[stage.folder.relative(result)] = "the result of the paper, in the seed's fields"
    stage.folder.save_record(record)
    write_report(stage.folder, record)
    _remember(stage, record)
    stage.emit({"kind": "outcome", "outcome": str(record.outcome), "message": record.message})
    size = record.evidence.size.real_kb if record.evidence else None
    return {"messages": [AIMessage(_sentence(record))], "last_size_kb": size, "note": str(record.outcome)}


def _remember(stage: Stage, record: RunRecord) -> None:
    """Tell the function cache how it ended; what the reviewer or the debugger changed is cached when it succeeds."""
    file = stage.state.get("function", {}).get("cache_file")
    if not file or record.outcome is None:
        return
    if record.outcome is not Outcome.SUCCESS or record.evidence is None:
        tell_cache(stage, file, record.outcome)
        return
    if stage.function.training_code != stage.services.functions.code_of(Path(file)):
        file = keep_in_cache(stage, stage.function, writer(stage))
    tell_cache(stage, file, record.outcome, record.evidence.test.score, record.evidence.size.real_kb)


def _sentence(record: RunRecord) -> str:
    if record.evidence is None:
        return f"{record.outcome}: {record.message}"
    test, size = record.evidence.test, record.evidence.size
    return (
        f"{record.outcome}: {record.model_name} reached a test {test.metric} of {test.score:.4f} "
        f"at {size.real_kb:.1f} KB ({size.quantization_bits}-bit weights)."
    )
