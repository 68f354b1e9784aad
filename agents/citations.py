"""Which criteria of a paper a module's comments claim to meet (`# C3`), and where."""

import ast
import contextlib
import io
import re
import tokenize
from collections.abc import Mapping, Sequence

from runtime.python_source import parse_module

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
    return {token.start[0]: token.string for token in _tokens(code) if token.type == tokenize.COMMENT}


def cited_code(code: str, criterion: str) -> list[int]:
    """The first lines of code that follow (or share a line with) the comments that name a criterion."""
    lines = sorted(code_lines(code))
    found = []
    for comment in citations(code).get(criterion, []):
        place = next((at for at in lines if at >= comment), None)
        if place is not None and place not in found:
            found.append(place)
    return found


def code_lines(code: str) -> set[int]:
    """Lines (from 1) that hold a name, a number or a sign: more than space, a comment or a text such as a docstring."""
    return {token.start[0] for token in _tokens(code) if token.type in (tokenize.NAME, tokenize.NUMBER, tokenize.OP)}


def cite(code: str, places: Mapping[str, Sequence[int]]) -> str:
    """The module with a comment `# C3` at the end of the first line that each criterion rests on, unless it is cited.

    No line moves and the program stays the same: where a comment can't stand (in a text, after a backslash) none is
    written.
    """
    known, lines, holding = citations(code), code.split("\n"), code_lines(code)
    before = _tree(code)
    if before is None:
        return code
    for criterion, numbers in places.items():
        place = next((line for line in numbers if line in holding), None)
        if place is None or criterion in known or CITATION.fullmatch(criterion) is None:
            continue
        kept = lines[place - 1]
        lines[place - 1] = f"{kept}, {criterion}" if place in comments("\n".join(lines)) else f"{kept}  # {criterion}"
        if _tree("\n".join(lines)) != before:
            lines[place - 1] = kept
    return "\n".join(lines)


def _tokens(code: str) -> list[tokenize.TokenInfo]:
    """Up to the first place that can't be one."""
    found = []
    with contextlib.suppress(tokenize.TokenError, SyntaxError):
        for token in tokenize.generate_tokens(io.StringIO(code).readline):
            found.append(token)
    return found


def _tree(code: str) -> str | None:
    try:
        return ast.dump(parse_module(code))
    except (SyntaxError, ValueError, RecursionError):
        return None
