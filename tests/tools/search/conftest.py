"""A clock that nobody waits for, and papers of one's own without an index."""

from pathlib import Path
from typing import Any

import pytest

from runtime.errors import InputError, SourceUnavailable
from tools.papers.paper import FetchedText, Paper
from tools.search.pace import Clock, Pace


class FakeTime:
    """Sleeping is moving the hands."""

    def __init__(self) -> None:
        self.seconds = 1000.0
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.seconds, self.sleep)


@pytest.fixture
def fake_time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def pace(fake_time: FakeTime) -> Pace:
    return Pace("the service", 3.0, alone=True, clock=fake_time.clock)


class Shelf:
    """A `PaperSource` in memory: papers with their texts, or one that is down."""

    name = "index"

    def __init__(self, papers: list[Paper], texts: dict[str, str] | None = None, down: bool = False) -> None:
        self.papers, self.texts, self.down = papers, texts or {}, down

    def search(self, words: str, limit: int) -> list[Paper]:
        if self.down:
            raise SourceUnavailable("OpenSearch at http://x could not be reached.")
        wanted = words.casefold().split()
        return [p for p in self.papers if any(word in f"{p.title} {p.abstract}".casefold() for word in wanted)][:limit]

    def fetch(self, paper: Paper, destination: Path) -> FetchedText:
        if paper.id not in self.texts:
            raise InputError("The text is gone.")
        destination.write_text(self.texts[paper.id])
        return FetchedText(path=str(destination), form="text", characters=len(self.texts[paper.id]), sha256="0" * 64)

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"a search tool has no need of {name}")
