"""Sub-words of identifiers, and features of a name."""

import re
from collections.abc import Iterator

WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
FEWEST_LETTERS = 4


def words(name: str) -> list[str]:
    """`max`, `line`, `length` of `maxLineLength` or `max_line_length`."""
    return [word.lower() for word in WORD.findall(name)]


def of_name(name: str, label: str) -> Iterator[str]:
    """A name, its words, its first and last one, and its form."""
    yield f"{label}={name.lower().strip('_')}"
    parts = words(name)
    for part in parts:
        yield f"{label}~{part}"
        if len(part) > FEWEST_LETTERS and part.endswith("s"):
            yield f"{label}~{part[:-1]}+s"
    if parts:
        yield f"{label}<{parts[0]}"
        yield f"{label}>{parts[-1]}"
        yield f"{label} plural" if parts[-1].endswith("s") and len(parts[-1]) > 2 else f"{label} singular"
        yield f"{label} long {min(len(parts), 3)}"
    if len(name) == 1:
        yield f"{label} letter"
    if name.isupper():
        yield f"{label} upper"
    if name.startswith("_"):
        yield f"{label} private"
