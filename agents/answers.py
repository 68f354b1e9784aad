"""From a model's answer to a typed answer. Every reader raises `Unreadable` with the reason, and nothing else."""

import contextlib
import math
from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from agents.code_answers import has_module, parse_module, read_module
from agents.contracts import Correction, ReviewAnswer, ReviewIssue
from agents.edits import apply_edits, has_edits
from agents.loose_json import read_object
from agents.space_answers import complete_space, read_constraints, read_space
from agents.verdicts import read_verdicts
from runtime.models.calls import Unreadable
from runtime.outcome import StopCause
from runtime.search_space import SearchSpace
from tools.papers.brief import Criterion

STOP = "STOP_PIPELINE"
MOST_ITEMS = 20
LONGEST_TEXT = 8_000
UNSTATED_CONFIDENCE = 0.3
Severity = Literal["error", "warning", "note"]
SEVERITIES: dict[str, Severity] = {
    "error": "error",
    "critical": "error",
    "high": "error",
    "warning": "warning",
    "medium": "warning",
}


class CodeAnswer(BaseModel):
    """What a coder's answer holds; `repairs` says in words what was mended while reading."""

    model_config = ConfigDict(extra="forbid")

    model_name: str
    training_code: str
    bo_config: SearchSpace
    confidence: float
    constraints: list[str]
    reasons: list[str]
    repairs: list[str]


def read_code_answer(answer: str) -> CodeAnswer:
    """Read a module and its description; a description that is missing is made up from the module, and noted."""
    repairs: list[str] = []
    try:
        about = read_object(answer, ("bo_config", "model_name", "confidence"))
    except Unreadable as error:
        about = {}
        repairs.append(f"no usable description ({error}); the search space was read from the code")
    code = _module(answer, about)
    space = complete_space(read_space(about.get("bo_config"), repairs), code, repairs)
    return CodeAnswer(
        model_name=_model_name(about.get("model_name")),
        training_code=code,
        bo_config=space,
        confidence=read_confidence(about.get("confidence")),
        constraints=read_constraints(about.get("constraints"), space, repairs),
        reasons=_texts(about.get("reasons")),
        repairs=repairs,
    )


def read_review(answer: str, code: str, criteria: Sequence[Criterion] = ()) -> ReviewAnswer:
    """Read what a reviewer of the module `code` found, its verdicts on the criteria, and the corrected module."""
    try:
        about = read_object(answer, ("issues", "criteria", "training_code"))
    except Unreadable:
        if not _corrects(answer, {}):
            raise
        about = {}
    if criteria and "criteria" not in about:  # given in a block of its own
        with contextlib.suppress(Unreadable):
            about |= {"criteria": read_object(answer, ("criteria",))["criteria"]}
    raw = about.get("issues")
    issues = [_issue(item) for item in raw[:MOST_ITEMS]] if isinstance(raw, list) else []
    corrected = _corrected(answer, about, code) if _corrects(answer, about) else None
    return ReviewAnswer(
        issues=[issue for issue in issues if issue.message],
        training_code=corrected,
        criteria=read_verdicts(about.get("criteria"), criteria, code),
    )


FORM_WORDS = ("why nothing can help", "cause and cure in one sentence")
"""What stands in the prompt for an explanation: who copies it has not decided anything."""


def read_correction(answer: str, code: str, space: SearchSpace) -> Correction:
    """Read exactly one of the three corrections of the module `code` and its `space`."""
    keys = ("kind", "bo_config", "training_code", "system_issue", "explanation")
    try:
        about = read_object(answer, keys)
    except Unreadable:
        if not _corrects(answer, {}) and STOP not in answer:
            raise
        about = {"system_issue": STOP} if not _corrects(answer, {}) else {}
    said = _text(about.get("explanation") or about.get("reason"))
    copied = said.strip(" .").casefold() in FORM_WORDS
    explanation = "no explanation was given" if copied or not said else said
    kind = str(about.get("kind", ""))
    if about.get("system_issue") or kind == "system_issue":
        if copied:
            raise Unreadable(f"the form was copied; correct the code, or say in your own words why {STOP}.")
        cause = _cause(about.get("cause"), f"{about.get('system_issue')} {explanation}")
        return Correction(kind="system_issue", explanation=explanation, cause=cause)
    if _corrects(answer, about) and not (kind == "bo_config" and about.get("bo_config")):
        corrected = _corrected(answer, about, code)
        if corrected.strip() == code.strip():
            raise Unreadable("the corrected module is the same as before; change what makes it fail.")
        return Correction(kind="training_code", explanation=explanation, training_code=corrected)
    if not about.get("bo_config"):
        raise Unreadable(f"give changed bo_config values, corrected code, or {STOP}.")
    notes: list[str] = []
    changed = space | read_space(about["bo_config"], notes, space, widen=True)
    if changed == space:
        raise Unreadable("the bo_config changes nothing; change a value or correct the code.")
    note = f" ({'; '.join(notes)})" if notes else ""
    return Correction(kind="bo_config", explanation=explanation + note, bo_config=changed)


def read_confidence(raw: Any) -> float:
    """A share; percentages are understood, anything else is a low confidence."""
    if isinstance(raw, bool) or not isinstance(raw, int | float) or abs(raw) > 100 or not math.isfinite(raw) or raw < 0:
        return UNSTATED_CONFIDENCE
    return float(raw) if raw <= 1 else float(raw) / 100


def _corrects(answer: str, about: dict[str, Any]) -> bool:
    """Whether an answer tries to give other code: edits, a block, or, where it should not be, text in the JSON."""
    return has_edits(answer) or has_module(answer) or bool(about.get("training_code"))


def _corrected(answer: str, about: dict[str, Any], code: str) -> str:
    return apply_edits(answer, code) if has_edits(answer) else _module(answer, about)


def _module(answer: str, about: dict[str, Any]) -> str:
    """The module of an answer: in a block, or else inside the JSON, where it should not be."""
    try:
        return read_module(answer)
    except Unreadable:
        inside = about.get("training_code")
        if not isinstance(inside, str) or "def train_model" not in inside:
            raise
    parse_module(inside)
    return inside


def _issue(item: Any) -> ReviewIssue:
    if not isinstance(item, dict):
        return ReviewIssue(severity="warning", message=_text(item))
    line = item.get("line")
    return ReviewIssue(
        severity=SEVERITIES.get(str(item.get("severity", "warning")).lower(), "note"),
        message=_text(item.get("message") or item.get("description") or item.get("issue")),
        line=line if isinstance(line, int) and not isinstance(line, bool) and 0 < line < 1_000_000 else None,
    )


def _cause(raw: Any, words: str) -> StopCause:
    text = str(raw or "").lower().strip().replace(" ", "_")
    if text in set(StopCause):
        return StopCause(text)
    return next((cause for cause in StopCause if cause.value.replace("_", " ") in words.lower()), StopCause.UNKNOWN)


def _model_name(raw: Any) -> str:
    """A name that is safe in a file name."""
    name = "".join(character if character.isascii() and character.isalnum() else "_" for character in _text(raw)[:48])
    return name.strip("_") or "Model"


def _texts(raw: Any) -> list[str]:
    items = raw[:MOST_ITEMS] if isinstance(raw, list) else [raw]
    return [text for item in items if (text := _text(item))]


def _text(raw: Any) -> str:
    if isinstance(raw, dict):
        raw = ": ".join(str(value) for value in raw.values() if isinstance(value, str))
    if not isinstance(raw, str | float):
        return ""
    return str(raw).encode("utf-8", "replace").decode().strip()[:LONGEST_TEXT]
