"""From a model's answer to a chat to what it means, before that is held against the user's own words."""

from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agents.changes import CHANGES
from agents.contracts import LookupKind
from agents.loose_json import read_object
from runtime.models.calls import Unreadable
from runtime.task import Task

SUBJECTS = ("dataset", "paper")
"""One of them makes a task."""
CHAT_FIELDS = (
    *SUBJECTS,
    "target_column",
    "goal",
    "target",
    "trials",
    "size_limit_kb",
    "debug_chances",
    "max_minutes",
    "max_usd",
    "max_tokens",
    "max_rows",
    "seed",
    "model",
    "skip_literature_review",
)
"""What a chat may decide. Where code runs is for the user's settings."""
LOOKUPS = get_args(LookupKind)
LONGEST_QUESTION = 400


class ChatDraft(BaseModel):
    """One of: fields of a task and changes to the last one, a question to the user, or one that records answer."""

    model_config = ConfigDict(extra="forbid")

    fields: dict[str, Any] = Field(default_factory=dict)
    changes: list[str] = Field(default_factory=list)
    question: str = ""
    lookup: LookupKind | None = None
    dataset: str = ""
    """Of a lookup."""


def read_chat(answer: str) -> ChatDraft:
    """Read a task, changes, a lookup or a question, in this order. Raises `Unreadable`."""
    about = read_object(answer, ("task", "change", "lookup", "question", *SUBJECTS))
    raw = about.get("task") if isinstance(about.get("task"), dict) else about
    fields = _fields(raw) if isinstance(raw, dict) else {}
    changes = _changes(about.get("change"))
    if changes or fields.keys() & set(SUBJECTS):
        return ChatDraft(fields=fields, changes=changes)
    lookup = about.get("lookup")
    inside = lookup if isinstance(lookup, dict) else {"kind": lookup}
    if inside.get("kind") in LOOKUPS:
        dataset = inside.get("dataset")
        return ChatDraft(lookup=inside["kind"], dataset=dataset if isinstance(dataset, str) else "")
    if lookup:
        raise Unreadable(f"the lookup's kind must be one of {', '.join(LOOKUPS)}.")
    question = about.get("question")
    if isinstance(question, str) and question.strip():
        return ChatDraft(question=question.encode("utf-8", "replace").decode().strip()[:LONGEST_QUESTION])
    if fields:
        return ChatDraft(fields=fields)
    raise Unreadable("give a task with a dataset or a paper, a change, a lookup, or a question.")


def _fields(raw: dict[str, Any]) -> dict[str, Any]:
    """The fields that a chat may decide, each valid on its own."""
    given = {name: raw[name] for name in CHAT_FIELDS if raw.get(name) not in (None, "")}
    try:
        task = Task(**{"dataset": "any", **given})
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in fault["loc"])
        raise Unreadable(f"the task's {place} can't be used: {fault['msg']}.") from None
    return {name: getattr(task, name) for name in given}


def _changes(raw: Any) -> list[str]:
    items = raw if isinstance(raw, list) else [raw]
    return [item for item in items if isinstance(item, str) and item in CHANGES]
