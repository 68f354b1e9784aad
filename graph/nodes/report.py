"""Write `run.json` and `report.html`, and say in the chat how it ended."""

from langchain_core.messages import AIMessage

from graph.record import record_of
from graph.stage import Stage
from graph.state import Update
from runtime.outcome import Outcome
from tools.report import write_report
from tools.results.record import RunRecord


def run(stage: Stage) -> Update:
    """The end of every run: exactly one outcome, on disk."""
    if "started" not in stage.state:  # the input was refused before the run had a folder
        return {"messages": [AIMessage(stage.state["message"])]}
    record = record_of(stage.state, stage.ledger)
    if record.evidence is not None and record.outcome is Outcome.SUCCESS:
        stage.services.functions.remember_outcome(stage.function, record.outcome, record.evidence.test.score)
    stage.folder.save_record(record)
    write_report(stage.folder, record)
    return {"messages": [AIMessage(_sentence(record))], "note": str(record.outcome)}


def _sentence(record: RunRecord) -> str:
    if record.evidence is None:
        return f"{record.outcome}: {record.message}"
    test, size = record.evidence.test, record.evidence.size
    return (
        f"{record.outcome}: {record.model_name} reached a test {test.metric} of {test.score:.4f} "
        f"at {size.real_kb:.1f} KB ({size.quantization_bits}-bit weights)."
    )

