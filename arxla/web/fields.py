"""A task's fields as a form: what each looks like, what it allows, and where a fault belongs."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from runtime.task import Role, Task

SUBJECT = ("target_column", "goal")
"""Shown below the dataset and the paper."""
HOW = ("model", "target", "trials", "size_limit_kb", "approve")
GROUPS = {
    "Limits": ("max_minutes", "max_usd", "max_tokens", "max_rows", "seed"),
    "Tuning and repair": ("tuner", "bo_sample", "debug_chances", "review_rounds", "candidates", "candidate_models"),
    "Papers": ("num_chunks", "min_chunk_success", "paper_seconds", "skip_literature_review"),
    "Models and machines": (
        "models",
        "fallback_to_expert",
        "use_cache",
        "function",
        "sandbox",
        "executor",
        "accelerate",
    ),
}
LABELS = {
    "target_column": "Column to predict", "size_limit_kb": "Size limit, KB", "approve": "Ask me first",
    "max_minutes": "Minutes", "max_usd": "US dollars", "max_tokens": "Tokens", "max_rows": "Rows",
    "bo_sample": "Rows a trial sees", "num_chunks": "Chunks", "min_chunk_success": "Share of chunks that must be read",
    "paper_seconds": "Seconds of model time", "models": "Models by role",
    "candidate_models": "Models of the candidates",
    "debug_chances": "Corrections", "review_rounds": "Rounds of review", "function": "Cached training function",
    "use_cache": "Reuse cached functions", "accelerate": "Compile slow functions",
}  # fmt: skip
REFUSED = {"sandbox": ("none",)}
"""What can't be chosen here: code from a model without isolation is for who sits at the machine."""
ROLES = get_args(Role)


@dataclass(frozen=True)
class FormField:
    """One input; `value` is its text, or the list of ticked choices."""

    name: str
    label: str
    kind: Literal["text", "number", "choice", "switch", "several", "roles"]
    help: str
    value: Any = ""
    choices: tuple[str, ...] = ()
    least: str = ""
    most: str = ""
    step: str = ""
    error: str = ""


def form_fields(defaults: Task) -> dict[str, FormField]:
    """Every field of a task with its default."""
    return {name: _field(name, info, getattr(defaults, name)) for name, info in Task.model_fields.items()}


def with_form(
    fields: Mapping[str, FormField], form: Mapping[str, Any], errors: Mapping[str, str]
) -> dict[str, FormField]:
    """The fields as a user filled them in, with what is wrong beside them."""
    shown = {name: replace(field, value=_given(field, form)) for name, field in fields.items()}
    return {name: replace(field, error=errors.get(name, "")) for name, field in shown.items()}


def task_values(fields: Mapping[str, FormField], form: Mapping[str, Any]) -> dict[str, Any]:
    """What the form gives for a `Task`: texts that pydantic reads; what was left empty is left out."""
    values: dict[str, Any] = {}
    for name, field in fields.items():
        given = _given(field, form)
        if field.kind == "switch":
            values[name] = given == "on"
        elif field.kind == "roles":
            values[name] = {role: model for role, model in given.items() if model}
        elif name == "candidate_models":
            values[name] = [part for part in given.replace(",", " ").split() if part]
        elif field.kind == "several" or given:
            values[name] = given
    for name, refused in REFUSED.items():
        if values.get(name) in refused:
            del values[name]
    return values


def faults(error: ValidationError) -> dict[str, str]:
    """One sentence a field; what belongs to no field is about the dataset."""
    found: dict[str, str] = {}
    for fault in error.errors(include_url=False):
        name = str(fault["loc"][0]) if fault["loc"] else "dataset"
        text = fault["msg"].removeprefix("Value error, ").replace("Input should be", "It has to be")
        if not fault["loc"]:
            text = "Name a dataset or a paper, or upload one."
        found.setdefault(name, text[0].upper() + text[1:].rstrip(".") + ".")
    return found


def _field(name: str, info: FieldInfo, default: Any) -> FormField:
    label = LABELS.get(name, name.replace("_", " ").capitalize())
    field = FormField(name, label, "text", info.description or "", "" if default is None else default)
    kind = _bare(info.annotation)
    if name == "models":
        return replace(field, kind="roles", choices=ROLES, value={role: default.get(role, "") for role in ROLES})
    if kind is bool:
        return replace(field, kind="switch", value="on" if default else "")
    if get_origin(kind) is Literal:
        choices = tuple(choice for choice in get_args(kind) if choice not in REFUSED.get(name, ()))
        return replace(field, kind="choice", choices=choices)
    if get_origin(kind) is list:
        (inner,) = get_args(kind)
        if get_origin(inner) is Literal:
            return replace(field, kind="several", choices=get_args(inner), value=list(default))
        return replace(field, value=", ".join(default))
    if kind in (int, float):
        least, most = _bounds(info)
        number = "" if default is None else f"{default:g}" if isinstance(default, float) else str(default)
        return replace(field, kind="number", least=least, most=most, step="1" if kind is int else "any", value=number)
    return field


def _bare(annotation: Any) -> Any:
    """A type without its None."""
    if get_origin(annotation) in (Union, UnionType):
        return next(part for part in get_args(annotation) if part is not type(None))
    return annotation


def _bounds(info: FieldInfo) -> tuple[str, str]:
    """The least and the largest value, where the type names them; an open end is left to the check on the server."""
    least = next((f"{mark.ge:g}" for mark in info.metadata if isinstance(mark, Ge)), "")
    least = least or next((f"{mark.gt:g}" for mark in info.metadata if isinstance(mark, Gt)), "")
    most = next((f"{mark.le:g}" for mark in info.metadata if isinstance(mark, Le)), "")
    most = most or next((str(int(mark.lt) - 1) for mark in info.metadata if isinstance(mark, Lt)), "")  # type: ignore[call-overload]
    return least, most


def _given(field: FormField, form: Mapping[str, Any]) -> Any:
    if field.kind == "roles":
        return {role: str(form.get(f"models.{role}", "")).strip() for role in field.choices}
    if field.kind == "several":
        return [choice for choice in field.choices if f"{field.name}.{choice}" in form]
    return str(form.get(field.name, "")).strip()
