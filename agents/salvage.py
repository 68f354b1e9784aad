"""What can be saved of a JSON object that can't be read as a whole: field by field, item by item."""

import re
from collections.abc import Collection
from typing import Any

from agents.loose_json import parse_loosely, read_object
from runtime.models.calls import Unreadable

LONGEST_ANSWER = 60_000
LATEX = re.compile(
    r"(?<!\\)\\(?=(?:beta|bar|bf|bm|boldsymbol|big[lr]?|begin|bot|frac|forall|nabla|neq|nu|norm|not|rho|right|rm|rangle"
    r"|theta|tau|text(?:bf|it|rm)?|times|tilde|to|tanh|top|tt|upsilon|under\w+|uparrow)(?![a-z])"
    r"|[^\"\\/bfnrtu\s]|u(?![0-9a-fA-F]{4}))"
)
"""A backslash that means LaTeX; in JSON `\\theta` would be a tab and `heta`."""
ITEM = re.compile(r"\{[^{}]*\}|\"(?:[^\"\\\n]|\\.)*\"")


def read_fields(answer: str, keys: Collection[str], fields: Collection[str]) -> dict[str, Any]:
    """The first object in an answer that has one of `keys`; of one that is broken, those `fields` that can be read.

    Raises `Unreadable` with what is wrong with the object.
    """
    text = LATEX.sub(r"\\\\", answer[:LONGEST_ANSWER])
    try:
        return read_object(text, keys)
    except Unreadable:
        found = _fields(text, fields)
        if not any(found.get(key) for key in keys):
            raise
        return found


def _fields(text: str, names: Collection[str]) -> dict[str, Any]:
    """Each field of the outer object with what stands behind its name, up to the next field."""
    places = list(re.finditer(rf"(?:^|[,{{\n])\s*\"({'|'.join(names)})\"\s*:", text))
    ends = [*(place.start() for place in places), len(text)][1:]
    found: dict[str, Any] = {}
    for place, end in zip(places, ends, strict=True):
        found.setdefault(place[1], _value(text[place.end() : end].strip().rstrip(",").rstrip("`").strip()))
    return found


def _value(text: str) -> Any:
    try:
        return parse_loosely(text)
    except Unreadable:
        pass
    if text.startswith(("[", "{")):
        items = []
        for item in ITEM.findall(text[1:]):
            try:
                items.append(parse_loosely(item))
            except Unreadable:
                continue
        return items
    return text.strip("\"'} \n")
