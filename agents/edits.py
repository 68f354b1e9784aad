"""Short corrections: the lines that change, old and new, instead of the whole module again."""

import re
import textwrap

from agents.code_answers import parse_module
from agents.fences import LONGEST_ANSWER
from runtime.models.calls import Unreadable

EDIT = re.compile(
    r"^[ \t]*<{5,9}[^\n]*\n(?P<old>.*?)^[ \t]*={5,9}[ \t]*\n(?P<new>.*?)^[ \t]*>{5,9}[^\n]*$", re.DOTALL | re.MULTILINE
)
MOST_EDITS = 40


def has_edits(answer: str) -> bool:
    """Whether an answer holds at least one whole edit."""
    return EDIT.search(answer[:LONGEST_ANSWER]) is not None


def apply_edits(answer: str, code: str) -> str:
    """The module `code` with every edit of the answer made, in order.

    Raises `Unreadable` when an old text does not stand in the module exactly once, or the result can't be parsed.
    """
    edits = list(EDIT.finditer(answer[:LONGEST_ANSWER].replace("\r\n", "\n")))[:MOST_EDITS]
    for number, edit in enumerate(edits, 1):
        code = _replace(code, edit["old"], edit["new"], number)
    parse_module(code)
    return code


def _replace(code: str, old: str, new: str, number: int) -> str:
    """Replace whole lines, which are found by their words; a different indentation is forgiven."""
    lines, wanted = code.split("\n"), [line.strip() for line in old.strip("\n").split("\n")]
    stripped = [line.strip() for line in lines]
    places = [at for at in range(len(lines)) if stripped[at : at + len(wanted)] == wanted]
    if not any(wanted) or len(places) != 1:
        found = f"stands in the module {len(places)} times" if any(wanted) else "is empty"
        raise Unreadable(f"the old text of edit {number} {found}; copy whole lines that stand there exactly once.")
    at = places[0]
    return "\n".join([*lines[:at], *_indented(new, lines[at], old), *lines[at + len(wanted) :]])


def _indented(new: str, line: str, old: str) -> list[str]:
    """The new lines, moved as far as the old text's first line was off."""
    first = old.strip("\n").split("\n")[0]
    shift = _depth(line) - _depth(first)
    text = new.rstrip("\n").expandtabs(4)
    if not text.strip():
        return []
    if shift >= 0:
        return textwrap.indent(text, " " * shift).split("\n")
    return [row[min(-shift, _depth(row)) :] for row in text.split("\n")]


def _depth(line: str) -> int:
    row = line.expandtabs(4)
    return len(row) - len(row.lstrip())
