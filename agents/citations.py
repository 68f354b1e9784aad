"""Which criteria of a paper a module's comments claim to meet (`# C3`), and where."""

import io
import re
import tokenize

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
