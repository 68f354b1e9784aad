"""Makes text that came out of the box safe to show and to store."""

import re
from typing import Any

_TERMINAL = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_RETURN = re.compile(r"\r+\n?")
DEEPEST = 64


def clean_text(text: str) -> str:
    """Without terminal escapes, control characters and direction marks; a lone carriage return becomes a line break."""
    return _CONTROL.sub("", _RETURN.sub("\n", _TERMINAL.sub("", text)))


def clean_json(value: Any, depth: int = 0) -> Any:
    """The same JSON value with every string cleaned; raises ValueError when it is nested deeper than 64."""
    if depth > DEEPEST:
        raise ValueError(f"nested deeper than {DEEPEST}")
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, list):
        return [clean_json(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {clean_text(key): clean_json(item, depth + 1) for key, item in value.items()}
    return value
