"""What every tool that searches the literature answers."""

from typing import Protocol

from pydantic import BaseModel, ConfigDict, Field


class Found(BaseModel):
    """One search result; every text in it is untrusted."""

    model_config = ConfigDict(extra="forbid")

    id: str
    """Unique within a research: arxiv:1706.03762, openalex:W123, index:…, web:…"""
    title: str
    authors: list[str] = Field(default_factory=list)
    year: int | None = None
    venue: str = ""
    url: str = ""
    abstract: str = ""
    tool: str = ""
    """Which search tool found it."""


class SearchTool(Protocol):
    """Searches one place. `search` raises `SourceUnavailable` after bounded retries; an empty list is an answer."""

    name: str
    description: str
    """One sentence for the model that may call it."""

    def search(self, query: str, limit: int) -> list[Found]: ...

    def read(self, found: Found, words: str) -> str:
        """More of a result of this tool: passages of its full text with those words, or its abstract."""
        ...
