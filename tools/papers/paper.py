"""What a paper is, and what every source of papers can do."""

import re
from pathlib import Path
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict, Field

LONGEST_SLUG = 40


class Paper(BaseModel):
    """What a source knows of a paper without its full text. Every text in it is untrusted."""

    model_config = ConfigDict(extra="forbid")

    id: str
    """As its source names it; never a path: use `slug` for file names."""
    source: str
    """file, index or opensearch."""
    title: str = ""
    authors: list[str] = Field(default_factory=list)
    abstract: str = ""
    published: str = ""
    """ISO 8601 date, empty when unknown."""
    url: str = ""
    location: str = ""
    """Where the full text lies: a path, or s3://bucket/key; empty when there is none but the abstract."""

    @property
    def slug(self) -> str:
        """A name of letters, digits, dashes and underscores that is safe in paths."""
        stem = Path(self.id).stem if self.source == "file" else self.id
        return re.sub(r"[^A-Za-z0-9_]+", "-", stem).strip("-_")[:LONGEST_SLUG].rstrip("-_") or "paper"


class FetchedText(BaseModel):
    """A paper's whole text, extracted into one UTF-8 file."""

    model_config = ConfigDict(extra="forbid")

    path: str
    form: str
    """pdf, latex, markdown, text or html."""
    characters: int
    sha256: str
    """Of the extracted text."""
    title: str = ""
    """What the text itself says; empty when it does not."""
    abstract: str = ""
    warnings: list[str] = Field(default_factory=list)


class PaperSource(Protocol):
    """Where papers come from. Every method raises `InputError` for what the user can mend, `SourceUnavailable` after
    bounded retries for a service that is down."""

    name: str

    def get(self, paper_id: str) -> Paper:
        """The paper of that id; `InputError` names close ids."""
        ...

    def recent(self, days: int, limit: int) -> list[Paper]:
        """Published (or, without a date, added) in the last days, newest first."""
        ...

    def random(self, limit: int, seed: int) -> list[Paper]:
        """Different papers, the same for the same seed and content."""
        ...

    def query(self, query: dict[str, Any], limit: int) -> list[Paper]:
        """By a query in OpenSearch's JSON, e.g. {"match": {"title": "ResNet"}}, best first."""
        ...

    def search(self, words: str, limit: int) -> list[Paper]:
        """By words over title, abstract and text, best first (BM25)."""
        ...

    def fetch(self, paper: Paper, destination: Path) -> FetchedText:
        """Write the whole text to `destination`, in bounded memory."""
        ...
