"""Which criteria of a paper a module's comments claim to meet (`# C3`), and where."""

import ast
import io
import re
import tokenize
from collections.abc import Mapping, Sequence

CITATION = re.compile(r"\bC(\d{1,3})\b")
MOST_LINES = 20
"""Lines that are kept for one criterion."""


def citations(code: str) -> dict[str, list[int]]:
    """Lines (from 1) of the comments that name each criterion; code that can't be tokenised has none."""
    found: dict[str, list[int]] = {}
    for line, text in comments(code).items():
        for number in CITATION.findall(text):
            lines = found.setdefault(f"C{int(number)}", [])
            if len(lines) < MOST_LINES and line not in lines:
                lines.append(line)
    return found


def comments(code: str) -> dict[int, str]:
    """The comment of each line that has one."""
    found = {}
    try:
        for token in tokenize.generate_tokens(io.StringIO(code).readline):
            if token.type == tokenize.COMMENT:
                found[token.start[0]] = token.string
    except (tokenize.TokenError, SyntaxError):
        return found
    return found


def cited_code(code: str, criterion: str) -> list[int]:
    """The first lines of code that follow (or share a line with) the comments that name a criterion."""
    lines = code.split("\n")
    found = []
    for comment in citations(code).get(criterion, []):
        place = next((at for at in range(comment, len(lines) + 1) if is_code(lines[at - 1])), None)
        if place is not None and place not in found:
            found.append(place)
    return found


def is_code(line: str) -> bool:
    """Whether a line is more than space and a comment."""
    return bool(line.strip()) and not line.lstrip().startswith("#")


def cite(code: str, places: Mapping[str, Sequence[int]]) -> str:
    """The module with a comment `# C3` at the end of the first line that each criterion rests on, unless it is cited.

    No line moves and the program stays the same: where a comment can't stand (in a text, after a backslash) none is
    written.
    """
    known, lines = citations(code), code.split("\n")
    before = _tree(code)
    if before is None:
        return code
    for criterion, numbers in places.items():
        place = next((line for line in numbers if 1 <= line <= len(lines) and is_code(lines[line - 1])), None)
        if place is None or criterion in known or CITATION.fullmatch(criterion) is None:
            continue
        kept = lines[place - 1]
        lines[place - 1] = f"{kept}, {criterion}" if place in comments("\n".join(lines)) else f"{kept}  # {criterion}"
        if _tree("\n".join(lines)) != before:
            lines[place - 1] = kept
    return "\n".join(lines)


def _tree(code: str) -> str | None:
    try:
        return ast.dump(ast.parse(code))
    except (SyntaxError, ValueError, RecursionError):
        return None
