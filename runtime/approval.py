"""What a run may ask a person before it goes on, and what the person answers."""

import json
import re
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from runtime.errors import InputError

Approval = Literal["dataset", "code", "budget"]
"""What can be asked: may this dataset be used, may this code run for the first time, may the run spend more."""


class Question(BaseModel):
    """The payload of an interrupt, the same on every surface; it stands in `run.json` as `waiting` until answered."""

    model_config = ConfigDict(extra="forbid")

    kind: Approval
    text: str
    """One sentence that a person can answer."""
    details: dict[str, Any] = Field(default_factory=dict)
    """dataset: name, reasons, others. code: model_name, training_code, findings. budget: message, spent, limits."""
    choices: list[str] = Field(default_factory=lambda: ["yes", "no"])
    """What may be answered in one word; for a dataset also the names of the others."""
    run_id: str = ""


class Answer(BaseModel):
    """What a person decided. A refusal ends the run with `CANCELLED`; refused code with a comment goes to the coder."""

    model_config = ConfigDict(extra="forbid")

    approve: bool
    dataset: str | None = Field(None, description="Use this dataset instead.")
    comment: str = Field("", description="Why not, or what to change.")
    max_usd: float | None = Field(None, ge=0, description="The new limit, for a budget.")
    max_tokens: int | None = Field(None, ge=0)
    max_minutes: float | None = Field(None, gt=0)
    paper_seconds: float | None = Field(None, gt=0)


LIMITS = ("max_usd", "max_tokens", "max_minutes", "paper_seconds")
"""The fields of a budget's answer, and of a task."""
YES = ("yes", "y", "ok", "okay", "approve", "approved", "accept", "accepted", "sure", "go", "true")
NO = ("no", "n", "reject", "rejected", "refuse", "refused", "stop", "cancel", "deny", "false")
AMOUNTS = {
    "max_usd": r"\$\s*(\d+(?:\.\d+)?)|(\d+(?:\.\d+)?)\s*(?:usd|dollars?)\b",
    "max_tokens": r"(\d[\d,_]*)\s*tokens?\b",
    "max_minutes": r"(\d+(?:\.\d+)?)\s*min(?:ute)?s?\b",
    "paper_seconds": r"(\d+(?:\.\d+)?)\s*s(?:ec(?:ond)?s?)?\b",
}


def read_answer(question: Question, value: Any) -> Answer:
    """What a person's answer means, wherever it was given.

    True or False; "yes" or "no", a reason behind it or not; one of the choices; an amount ("$5", "30 minutes"); an
    object with fields of `Answer`, as a dict or as JSON; for code, a sentence that says what to change. Raises
    `InputError` with the reason when it means nothing.
    """
    if isinstance(value, Answer):
        answer = value
    elif isinstance(value, bool):
        answer = Answer(approve=value)
    elif isinstance(value, str):
        answer = _of_text(question, value.strip())
    elif isinstance(value, dict):
        answer = _of_fields(value)
    else:
        raise InputError(f"{_shown(value)} is no answer: {how_to_answer(question)}")
    spent = question.details.get("spent", {})
    for name in LIMITS:
        limit = getattr(answer, name)
        if answer.approve and limit is not None and limit <= spent.get(name, 0):
            raise InputError(f"{name} = {limit:g} is no more than the {spent[name]:g} that are spent.")
    return answer


def how_to_answer(question: Question) -> str:
    """What may be said, for a person."""
    ways = {
        "dataset": f"say {_listed(question.choices)}, or name another dataset.",
        "code": "say yes, no, or what to change.",
        "budget": 'say yes, no, or the new limit, for example {"max_usd": 5} or 30 minutes.',
    }
    return ways[question.kind]


def _of_text(question: Question, text: str) -> Answer:
    if text.startswith("{"):
        try:
            return _of_fields(json.loads(text))
        except ValueError as error:
            raise InputError(f"{_shown(text)} is no JSON ({error}): {how_to_answer(question)}") from error
    first, _, rest = text.replace(",", " ", 1).partition(" ")
    word, comment = first.lower().rstrip(".!:;"), rest.strip(" ,;:-")
    limits = _amounts(text) if question.kind == "budget" else {}
    if word in NO:
        return Answer(approve=False, comment=comment)
    if word in YES or limits:
        return Answer.model_validate({"approve": True, "comment": comment if word in YES else "", **limits})
    if question.kind == "dataset" and text and (text in question.choices or " " not in text):
        return Answer(approve=True, dataset=text)
    if question.kind == "code" and " " in text and not text.endswith("?"):  # a question asks for no other code
        return Answer(approve=False, comment=text)
    raise InputError(f"{_shown(text)} is no answer: {how_to_answer(question)}")


def _of_fields(fields: Any) -> Answer:
    """Without `approve`, another dataset or a limit says yes, and a comment alone says no."""
    if not isinstance(fields, dict):
        raise InputError(f"{_shown(fields)} is no answer: give an object with approve, true or false.")
    if "approve" not in fields:
        given = {name for name, value in fields.items() if value not in (None, "")}
        fields = {**fields, "approve": True} if given - {"comment"} else fields
        fields = {**fields, "approve": False} if given == {"comment"} else fields
    try:
        return Answer.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputError(f"{_shown(fields)} is no answer: {where}: {first['msg']}.") from error


def _amounts(text: str) -> dict[str, float]:
    found = {name: re.search(pattern, text, re.IGNORECASE) for name, pattern in AMOUNTS.items()}
    numbers = {name: next(group for group in match.groups() if group) for name, match in found.items() if match}
    return {name: float(number.replace(",", "").replace("_", "")) for name, number in numbers.items()}


def _listed(choices: list[str]) -> str:
    return f"{', '.join(choices[:-1])} or {choices[-1]}" if len(choices) > 1 else "".join(choices)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:79]}…"
