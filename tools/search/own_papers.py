"""The user's own papers as a search tool: the embedded index, or OpenSearch."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from runtime.errors import InputError
from tools.papers.paper import Paper, PaperSource
from tools.search.fields import LONGEST_ABSTRACT, LONGEST_NAME, LONGEST_TITLE, MOST_AUTHORS, keywords, plain, year_of
from tools.search.passages import best_passages
from tools.search.protocol import Found

DESCRIPTIONS = {
    "index": "The user's own papers, indexed on this machine by title, abstract and full text.",
    "opensearch": "The user's collection of papers in OpenSearch, by title, abstract and full text.",
}


class OwnPapers:
    """Adapts a `PaperSource`, which is opened when it is first searched."""

    def __init__(self, name: str, open_source: Callable[[], PaperSource]) -> None:
        self.name = name
        self.description = DESCRIPTIONS[name]
        self._open = open_source
        self._source: PaperSource | None = None
        self._papers: dict[str, Paper] = {}

    def search(self, query: str, limit: int) -> list[Found]:
        words = keywords(query)
        if not words or limit < 1:
            return []
        self._source = self._source or self._open()
        papers = self._source.search(" ".join(words), limit)[:limit]
        results = [(self._found(paper), paper) for paper in papers]
        self._papers |= {found.id: paper for found, paper in results}
        return [found for found, _ in results if found.title]

    def read(self, found: Found, words: str) -> str:
        paper = self._papers.get(found.id)
        if self._source is None or paper is None or not paper.location:
            return found.abstract
        with tempfile.TemporaryDirectory(prefix="arxla-read-") as folder:
            try:
                text = self._source.fetch(paper, Path(folder) / "text.txt")
            except InputError:  # its text is gone or can't be read
                return found.abstract
            return best_passages(Path(text.path), words) or found.abstract

    def _found(self, paper: Paper) -> Found:
        authors = [plain(author, LONGEST_NAME) for author in paper.authors[:MOST_AUTHORS]]
        return Found(
            id=f"{self.name}:{plain(paper.id, LONGEST_TITLE)}",
            title=plain(paper.title, LONGEST_TITLE) or plain(paper.id, LONGEST_TITLE),
            authors=[author for author in authors if author],
            year=year_of(paper.published),
            url=paper.url if paper.url.startswith(("https://", "http://")) else "",
            abstract=plain(paper.abstract, LONGEST_ABSTRACT),
            tool=self.name,
        )
