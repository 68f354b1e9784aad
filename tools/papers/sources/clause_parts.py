"""Reading the parts of a query clause, with errors that name what is not understood."""

from typing import Any

from runtime.errors import InputError
from tools.papers.sources import schema
from tools.papers.sources.entries import shown
from tools.papers.sources.fields import field_called

ANALYZED = (*schema.WORDS, "authors")
"""Fields of words; the others hold one value."""


def known_field(name: Any) -> str:
    """The field behind one of its usual names. Raises `InputError`."""
    field = field_called(str(name).removesuffix(".keyword"))
    if field is None or (str(name).endswith(".keyword") and field not in schema.EXACT):
        raise InputError(
            f"The embedded index has no field {shown(str(name))}; it has {', '.join([*ANALYZED, 'published', 'id'])}."
        )
    return f"{field}.keyword" if str(name).endswith(".keyword") and field in ANALYZED else field


def field_of(clause: str, body: Any, value: str, extra: set[str]) -> tuple[str, dict[str, Any]]:
    """{"title": "ResNet"} or {"title": {"query": "ResNet", …}}."""
    if not isinstance(body, dict) or len(body) != 1:
        raise InputError(f'{clause} names one field, as in {{"{clause}": {{"title": "ResNet"}}}}.')
    [(name, asked)] = body.items()
    options = options_of(clause, asked, {value, *extra}) if isinstance(asked, dict) else {value: asked}
    if value not in options or isinstance(options[value], dict | list):
        raise InputError(f"{clause} on {shown(str(name))} needs a {value} that is one text.")
    return known_field(name), options


def options_of(clause: str, body: dict[str, Any], known: set[str]) -> dict[str, Any]:
    for name in body:
        if name not in known:
            raise InputError(f"The embedded index does not understand {shown(str(name))} in {clause}.")
    return body


def as_object(clause: str, body: Any) -> dict[str, Any]:
    if not isinstance(body, dict):
        raise InputError(f"{clause} needs an object, not {shown(str(body))}.")
    return body


def as_list(clause: str, values: Any) -> list[Any]:
    if not isinstance(values, list):
        raise InputError(f"{clause} needs a list, not {shown(str(values))}.")
    return values


def as_number(name: str, value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = -1.0
    if not 0 <= number <= 1e6:
        raise InputError(f"{name} is a number from 0 on, not {shown(str(value))}.")
    return number


def minimum(value: Any, clauses: int) -> int:
    """`minimum_should_match` as OpenSearch reads it: a number, a percentage, negative for "all but"."""
    text = str(value).strip()
    try:
        least = int(clauses * int(text[:-1]) / 100) if text.endswith("%") else int(text)
    except ValueError:
        raise InputError(f"minimum_should_match is a number or a percentage, not {shown(text)}.") from None
    return max(0, min(clauses, clauses + least if text.startswith("-") else least))
