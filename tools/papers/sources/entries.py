"""What an index keeps of one paper, and how dates become numbers."""

import re
from datetime import UTC, date, datetime, timedelta

from pydantic import BaseModel, ConfigDict, Field

from runtime.errors import InputError
from tools.papers.paper import Paper

LONGEST_ID = 512
"""Characters; OpenSearch has the same bound, in bytes."""
DATE = re.compile(r"(\d{4})(?:-?(\d{2}))?(?:-?(\d{2}))?(?![0-9])")
EPOCH = date(1970, 1, 1)


class Entry(BaseModel):
    """One paper of an index, stored as JSON beside its words."""

    model_config = ConfigDict(extra="forbid")

    paper: Paper
    origin: str
    """Where it came from: an absolute path, or opensearch:INDEX/ID. One origin has one entry."""
    revision: str
    """Of what lies at the origin: the same revision need not be read again."""
    added: str
    """ISO 8601, UTC."""
    form: str = "text"
    text_file: str = ""
    """The name of the full text in the folder of texts; empty when only the abstract is known."""
    characters: int = 0
    sha256: str = ""
    """Of the extracted text."""
    warnings: list[str] = Field(default_factory=list)


def check_id(paper_id: str) -> None:
    """Raise `InputError` for an id that an index can't hold."""
    if not paper_id or len(paper_id) > LONGEST_ID:
        raise InputError(f"A paper's id has 1 to {LONGEST_ID} characters; {shown(paper_id)} has {len(paper_id)}.")


def shown(text: str) -> str:
    """An untrusted text on one short line, quoted, for sentences."""
    return repr(text if len(text) <= 80 else text[:79] + "…")


def day_number(published: str) -> int | None:
    """Days since 1970 of an ISO 8601 date (a year or a month alone is its first day); None when it is none."""
    found = DATE.match(published)
    if not found:
        return None
    try:
        return (date(int(found[1]), int(found[2] or 1), int(found[3] or 1)) - EPOCH).days
    except ValueError:
        return None


def iso_day(days: int) -> str:
    """The inverse of `day_number`."""
    return (EPOCH + timedelta(days=days)).isoformat()


def now() -> datetime:
    """The clock of every source, in UTC."""
    return datetime.now(UTC)
