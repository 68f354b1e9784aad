"""Ask a person for more when a run has spent what it may."""

from langgraph.types import Overwrite

from graph.stage import Stage
from graph.state import Json, Update, elapsed
from runtime.approval import LIMITS, Answer, Question
from runtime.errors import InputError

MORE = 2
"""A plain yes makes the limit that was reached this many times as high."""
MAP = ("summarize", "brief")


def ask(stage: Stage) -> Question:
    """What was spent, under which limits, and what a plain yes would allow."""
    limits = {name: value for name in LIMITS if (value := getattr(stage.task, name)) is not None}
    message = stage.state["message"]
    reached = [name for name in limits if f"--{name.replace('_', '-')}" in message] or list(limits)
    proposed = {name: MORE * limits[name] for name in reached}
    details: Json = {"message": message, "spent": _spent(stage), "limits": limits, "proposed": proposed}
    more = " and ".join(f"{name} {value:g}" for name, value in proposed.items())
    text = f"This run has spent what it may; may it go on with {more}? ({message})"
    return Question(kind="budget", text=text, details=details, run_id=stage.state["run_id"])


def decide(stage: Stage, question: Question, answer: Answer) -> Update:
    """The task with its new limits, back to the stage that ran out. Raises `InputError` for no limit."""
    given = {name: value for name in LIMITS if (value := getattr(answer, name)) is not None}
    limits = given or question.details["proposed"]
    if not limits:
        raise InputError('This run has no limit of its own; say which one it has now, for example {"max_minutes": 30}.')
    task = stage.task.model_copy(update=limits).model_dump(mode="json")
    stopped = stage.state["stages"][-1]["name"]
    # The map reads its chunks again: what is summarised lies on the disk.
    again = {"chunks": Overwrite([]), "stopped": Overwrite([])} if stopped in MAP else {}
    return {"task": task, "last_task": task, "resume_at": stopped, "outcome": "", "cause": "", "message": "", **again}


def _spent(stage: Stage) -> dict[str, float]:
    ledger = stage.ledger
    return {
        "max_usd": round(ledger.usd, 6),
        "max_tokens": ledger.tokens,
        "max_minutes": round(elapsed(stage.state) / 60, 3),
        "paper_seconds": round(ledger.model_seconds, 3),
    }
