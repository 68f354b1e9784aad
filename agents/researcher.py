"""The researcher that a language model plays: first searches by rule, then its own, and a review held to both."""

import time
from collections.abc import Callable, Sequence

from agents.cited_papers import cited, hold_to_results
from agents.contracts import DatasetRequest, LiteratureReview, ResearchRequest
from agents.literature_answers import read_advice, read_literature
from agents.queries import first_queries
from agents.research_tools import fit_results, research_tools
from agents.wording import Prompt, render, sample_kind
from runtime.errors import UnusableAnswer
from runtime.models.calls import ModelCalls
from runtime.models.reply import Citation
from runtime.models.tools import WEB_SEARCH, Tool
from tools.recommend.recommendation import DatasetAdvice
from tools.search import Found, Numbered, SearchSession, SearchTool
from tools.search.relevance import query_of

ROLE = "researcher"
ROUNDS = 4
WINDOW_FOR_TOOLS = 24_000
"""Tokens. A model with less reads the first results alone, and writes less: its own searches would not fit."""
RESULTS_SHARE = 0.3
"""Of the window, for the first results."""
CHARACTERS_A_TOKEN = 3.2
MOST_CHARACTERS = 24_000
MOST_UNREAD = 8
MOST_MENTIONS = 15


class ModelResearcher:
    """`tools` gives the search tools of a review; `web` allows the provider's own web search where it has one."""

    def __init__(
        self, calls: ModelCalls, tools: Callable[[], Sequence[SearchTool]] = tuple, *, web: bool = False
    ) -> None:
        self._calls, self._tools, self._web = calls, tools, web

    def research(self, request: ResearchRequest) -> LiteratureReview:
        """Advice is all it is, so an unusable answer becomes a review that says so, with what was found and not read.

        Raises what else `ModelCalls.ask` raises.
        """
        session = SearchSession(self._tools(), check=self._calls.check)
        queries = first_queries(request)
        session.search_all(queries)
        try:
            review = self._review(request, session, queries)
        except UnusableAnswer as error:
            return LiteratureReview(
                query=_subject(request),
                review_text="",
                recent_papers=[cited(numbered) for numbered in session.results[:MOST_UNREAD]],
                timestamp=int(time.time()),
                source=f"none: {error}" + ("; its papers were found and not read" if session.results else ""),
                searches=session.log,
            )
        held = hold_to_results(review, session)
        return held.model_copy(update={"source": self._source(session), "query": held.query or _subject(request)})

    def recommend(self, request: DatasetRequest) -> DatasetAdvice:
        """A ranking of `available`; empty, with the reason in `source`, when the model gives none."""
        asked = request.model_copy(update={"mentions": request.mentions[:MOST_MENTIONS]})
        prompt = render("dataset", **{name: getattr(asked, name) for name in DatasetRequest.model_fields})
        model = self._calls.model(ROLE)

        def read(answer: str) -> DatasetAdvice:
            return read_advice(answer, request.available, model)

        try:
            return self._calls.ask(ROLE, prompt.system, prompt.request, read)
        except UnusableAnswer as error:
            return DatasetAdvice(source=f"none: {error}")

    def _review(self, request: ResearchRequest, session: SearchSession, queries: Sequence[str]) -> LiteratureReview:
        window = self._calls.window(ROLE)
        short = window < WINDOW_FOR_TOOLS
        tools: list[Tool | str] = [] if short else list(research_tools(session))
        if self._web and self._calls.searches_the_web(ROLE):
            tools.append(WEB_SEARCH)
        room = min(MOST_CHARACTERS, int(window * RESULTS_SHARE * CHARACTERS_A_TOKEN))
        prompt = _prompt(request, fit_results(_telling(session.results, queries, short), room), tools, short)

        def read(answer: str) -> LiteratureReview:
            return read_literature(answer, "", int(time.time()))

        if not tools:
            return self._calls.ask(ROLE, prompt.system, prompt.request, read)
        answer = self._calls.ask_with_tools(ROLE, prompt.system, prompt.request, tools, read, rounds=ROUNDS)
        _add_pages(session, answer.citations, WEB_SEARCH in tools)
        return answer.value

    def _source(self, session: SearchSession) -> str:
        model = self._calls.model(ROLE)
        down = f"; not searched: {', '.join(sorted(session.down))}" if session.down else ""
        if not session.results:
            searched = "and no search found anything" if session.up else "and nothing was searched"
            return f"own knowledge of {model}, {searched}{down}"
        places = ", ".join(sorted({numbered.found.tool for numbered in session.results}))
        return f"{model}, on {len(session.results)} search results of {places}{down}"


def _telling(results: Sequence[Numbered], queries: Sequence[str], short: bool) -> list[Numbered]:
    """The results that are about a query, then the others; without the others for a model with little room."""
    about = [numbered for numbered in results if query_of(numbered.found, queries)]
    return about if short and about else about + [numbered for numbered in results if numbered not in about]


def _prompt(request: ResearchRequest, results: str, tools: Sequence[Tool | str], short: bool) -> Prompt:
    profile = request.profile
    return render(
        "researcher",
        **{name: getattr(request, name) for name in ResearchRequest.model_fields},
        kind=sample_kind(profile) if profile else "",
        results=results,
        short=short,
        tools=[tool for tool in tools if isinstance(tool, Tool)],
        rounds=ROUNDS,
    )


def _add_pages(session: SearchSession, pages: Sequence[Citation], searched: bool) -> None:
    """Pages that the provider's own search found count as results."""
    session.add(
        Found(id=f"web:{page.url}", title=page.title or page.url, url=page.url, tool=WEB_SEARCH) for page in pages
    )
    if searched:
        session.log.append(f"{WEB_SEARCH}: {len(pages)} page{'' if len(pages) == 1 else 's'} cited")


def _subject(request: ResearchRequest) -> str:
    title = request.brief.title if request.brief else ""
    data = request.dataset_name or (request.profile.dataset_name if request.profile else "")
    return request.question or title or data or request.goal
