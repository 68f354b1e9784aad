"""`# arxla: ignore` and `# arxla: ignore[XLA001, SEC]` comments."""

import re
from functools import lru_cache

from tools.review.finding import Finding
from tools.review.syntax import Syntax

COMMENT = re.compile(r"#\s*arxla:\s*ignore(?:\[([^\]]*)\])?", re.IGNORECASE)


def suppressed(syntax: Syntax, finding: Finding) -> bool:
    """Whether a comment on a line of the finding's code (its first or last) names its rule, its family, or all."""
    for line in {finding.line, finding.end_line or finding.line}:
        text = syntax.lines[line - 1] if 0 < line <= len(syntax.lines) else ""
        named = _named(text)
        if named is not None and (not named or any(finding.rule.startswith(name) for name in named)):
            return True
    return False


@lru_cache(maxsize=1024)
def _named(text: str) -> tuple[str, ...] | None:
    """The rules that a line's comment names; empty for all, None without such a comment."""
    match = COMMENT.search(text)
    if match is None:
        return None
    return tuple(name.strip().upper() for name in (match.group(1) or "").split(",") if name.strip())
