"""One thing the static reviewer has to say about a line of code."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class Severity(StrEnum):
    ERROR = "error"
    """Would fail, cheat, or escape: blocks execution until fixed."""
    WARNING = "warning"
    """Runs, but slowly or wrongly on the target."""
    NOTE = "note"


class Finding(BaseModel):
    """A rule's message at a place; lines and columns start at 1."""

    model_config = ConfigDict(extra="forbid")

    rule: str
    """The rule's id, e.g. XLA001."""
    severity: Severity
    message: str
    line: int
    column: int
    end_line: int | None = None
    end_column: int | None = None
    fixable: bool = False
