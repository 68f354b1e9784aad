"""A module's text as highlighted lines with the reviewer's marks beside them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from pygments.lexers.python import PythonLexer  # type: ignore[import-untyped]
from pygments.token import Comment, Keyword, Name, Number, Operator, String, Token  # type: ignore[import-untyped]

from tools.papers.brief import CriterionVerdict
from tools.review.finding import Finding

COLORS: list[tuple[Any, str]] = [
    (Keyword, "kw"),
    (Comment, "cm"),
    (String, "st"),
    (Number, "nu"),
    (Name.Function, "fn"),
    (Name.Class, "fn"),
    (Name.Decorator, "fn"),
    (Name.Builtin, "bi"),
    (Operator.Word, "kw"),
]
LONGEST = 4000
"""Lines of a module that are shown."""


@dataclass
class CodeLine:
    number: int
    pieces: list[tuple[str, str]]
    """(CSS class or "", text) pairs; plain text that the template escapes."""
    marks: list[Finding] = field(default_factory=list)
    criteria: list[str] = field(default_factory=list)
    """Which of a paper's criteria the reviewer saw met here."""


def highlight(text: str, findings: Iterable[Finding] = (), verdicts: Iterable[CriterionVerdict] = ()) -> list[CodeLine]:
    """Split `text` into lines of coloured pieces; a finding or a verdict's line outside of it is left out."""
    lines = [CodeLine(1, [])]
    for kind, value in PythonLexer(stripnl=False, ensurenl=False).get_tokens(text):
        css = _color(kind)
        for index, part in enumerate(value.split("\n")):
            if index:
                lines.append(CodeLine(len(lines) + 1, []))
            if part:
                lines[-1].pieces.append((css, part))
    if len(lines) > 1 and not lines[-1].pieces:
        lines.pop()
    for finding in findings:
        if 1 <= finding.line <= len(lines):
            lines[finding.line - 1].marks.append(finding)
    for verdict in verdicts:
        for line in dict.fromkeys(verdict.lines):
            if 1 <= line <= len(lines):
                lines[line - 1].criteria.append(verdict.id)
    return lines[:LONGEST]


def _color(kind: Any) -> str:
    if kind in Token.Text:
        return ""
    return next((css for group, css in COLORS if kind in group), "")
