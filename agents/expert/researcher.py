"""The expert as a researcher: a curated table of works by kind of data, and what the user's own papers say."""

import time
from collections.abc import Callable, Sequence

from agents.cited_papers import cited
from agents.contracts import DatasetRequest, LiteratureReview, ResearchRequest
from agents.expert.papers.advice import advise
from agents.expert.quoting import best_sentence
from agents.expert.shelves import OTHER, QUANTIZATION, SHELVES, Shelf, Work
from agents.queries import first_queries
from agents.subjects import describe, subject_of
from tools.papers.brief import PaperBrief
from tools.recommend.recommendation import DatasetAdvice
from tools.search import Numbered, SearchSession, SearchTool
from tools.search.references import title_key
from tools.search.relevance import query_of

TABLE = "curated table"
MOST_QUOTED = 6
MOST_COMPONENTS = 4


def no_tools() -> Sequence[SearchTool]:
    """For who has no papers."""
    return ()


class ExpertResearcher:
    """Searches with `tools` by the same queries as a model does, quotes what it finds, and adds the table."""

    def __init__(self, tools: Callable[[], Sequence[SearchTool]] = no_tools) -> None:
        self._tools = tools

    def research(self, request: ResearchRequest) -> LiteratureReview:
        kind = subject_of(request)
        shelf, data = SHELVES.get(kind, OTHER), describe(request, kind)
        session = SearchSession(self._tools())
        quoted = _quote(session, first_queries(request), request.brief.title if request.brief else "")
        works = (*shelf.works, QUANTIZATION)
        return LiteratureReview(
            query=request.question or f"small models for {data}" + (f"; goal: {request.goal}" if request.goal else ""),
            review_text="\n\n".join(filter(None, [_own_papers(quoted), _table(shelf, data, works)])),
            key_findings=[f"{sentence} [{paper.number}]" for paper, sentence in quoted]
            + [work.finding for work in works],
            recommended_approaches=[*_own_method(request.brief), *shelf.approaches],
            recent_papers=[cited(paper) for paper, _ in quoted] + [_line(work) for work in works],
            confidence=shelf.confidence,
            timestamp=int(time.time()),
            source=_source(session, len(quoted)),
            searches=session.log,
        )

    def recommend(self, request: DatasetRequest) -> DatasetAdvice:
        """By the paper's domain, its task and its own data; nothing is searched."""
        return advise(request)


def _quote(session: SearchSession, queries: Sequence[str], followed: str) -> list[tuple[Numbered, str]]:
    """The found papers that are about one of the queries, without the one that is followed, each with a sentence."""
    quoted: list[tuple[Numbered, str]] = []
    for numbered in session.search_all(queries):
        query = query_of(numbered.found, queries)
        if not query or (followed and title_key(followed) == title_key(numbered.found.title)):
            continue
        sentence = best_sentence(numbered.found.abstract or session.read(str(numbered.number), query), query)
        if sentence:
            quoted.append((numbered, sentence))
        if len(quoted) == MOST_QUOTED:
            break
    return quoted


def _own_papers(quoted: Sequence[tuple[Numbered, str]]) -> str:
    if not quoted:
        return ""
    lines = [f'{paper.found.title}{_year(paper)}: "{sentence}" [{paper.number}]' for paper, sentence in quoted]
    return "Found by searching, and quoted from the abstracts: " + " ".join(lines)


def _own_method(brief: PaperBrief | None) -> list[str]:
    """The followed paper's method, which stays before what the literature has to say."""
    if brief is None:
        return []
    parts = ", ".join(row.component for row in brief.architecture[:MOST_COMPONENTS])
    return [f"the paper's own method: {brief.title}" + (f" ({parts})" if parts else "")]


def _table(shelf: Shelf, data: str, works: Sequence[Work]) -> str:
    opening = (
        f"For {data}, these works speak for: {', then '.join(shelf.approaches)}. They come from a "
        "table that ships with arxla, not from a search; newer work may exist."
    )
    return " ".join([opening, *(f"{work.authors} ({work.venue} {work.year}): {work.finding}" for work in works)])


def _line(work: Work) -> dict[str, str]:
    return {"authors": work.authors, "title": work.title, "venue": work.venue, "year": str(work.year)}


def _year(paper: Numbered) -> str:
    return f" ({paper.found.year})" if paper.found.year else ""


def _source(session: SearchSession, quoted: int) -> str:
    if not session.tools:
        return f"{TABLE} (no literature search)"
    names = ", ".join(tool.name for tool in session.up)
    down = "".join(f"; {name} could not be searched" for name in sorted(session.down))
    if quoted:
        papers = "1 paper" if quoted == 1 else f"{quoted} papers"
        return f"{papers} found in {names}, and a {TABLE}{down}"
    return f"{TABLE}; a search of {names} found nothing on this{down}" if names else f"{TABLE}{down}"
