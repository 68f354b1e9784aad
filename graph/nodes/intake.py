"""Turn a task form or a chat into a checked task with a folder of its own."""

from datetime import UTC, datetime

from langchain_core.messages import AIMessage, AnyMessage

from agents.contracts import IntakeRequest
from agents.registry import check_models
from graph.stage import Stage
from graph.state import Update
from runtime.errors import InputError
from runtime.models.usage import Ledger
from runtime.task import Task
from tools.results.folder import RunFolder, new_run_id


def run(stage: Stage) -> Update:
    """A task, or the one question that keeps it from being one; the state is that of this turn (`state.this_turn`)."""
    presets = stage.context.presets()
    if form := stage.state.get("task"):
        task = stage.services.settings.task(**{**presets, **form})
    else:
        answer = _understand(stage)
        if isinstance(answer, str):
            return {"messages": [AIMessage(answer)], "note": "asked a question"}
        task = answer
    check_models(task, stage.services.settings)
    now = datetime.now(UTC)
    run_id = stage.state.get("run_id") or new_run_id(task.subject, now)
    RunFolder.create(stage.services.results, run_id)
    return {
        "task": task.model_dump(mode="json"),
        "run_id": run_id,
        "dataset": task.dataset or "",
        "started": now.isoformat(timespec="seconds"),
        "note": f"{task.subject} for {task.target}, {task.model}",
    }


def _understand(stage: Stage) -> Task | str:
    """The task in the chat so far, or the question to ask."""
    messages = stage.state.get("messages", [])
    if not messages:
        raise InputError("Nothing was asked: give a task with a dataset, or a message that says what to train.")
    settings = stage.services.settings
    presets = stage.context.presets()
    agents = stage.services.agents(
        settings.task(dataset="unknown", **presets), Ledger(None), emit=stage.emit, cancel=stage.cancel, deadline=None
    )
    answer = agents.intake.understand(IntakeRequest(messages=[(m.type, _text(m)) for m in messages]))
    if answer.task is None:
        return answer.question or "Which dataset should I train on?"
    return settings.task(**{**presets, **answer.task.model_dump(exclude_unset=True)})


def _text(message: AnyMessage) -> str:
    return str(message.text)
