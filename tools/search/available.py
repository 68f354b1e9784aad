"""Which search tools there are, by the settings; nothing is asked yet."""

from functools import partial

from runtime.settings import Settings
from tools.papers.paper import PaperSource
from tools.search.own_papers import OwnPapers
from tools.search.protocol import SearchTool

NO_KEY = "set OPENALEX_API_KEY to a free key: without one OpenAlex allows a few searches a day"


def search_tools(settings: Settings) -> list[SearchTool]:
    """The user's own papers, then the web; `arxla_offline` leaves the index alone."""
    own = own_tools(settings)
    return own[:1] if settings.arxla_offline else [*own, *_web_tools(settings)]


def own_tools(settings: Settings) -> list[SearchTool]:
    """The embedded index and, where one is configured, OpenSearch."""
    names = ["index", *(["opensearch"] if settings.opensearch_url and not settings.arxla_offline else [])]
    return [OwnPapers(name, partial(_open, name, settings)) for name in names]


def _web_tools(settings: Settings) -> list[SearchTool]:
    # An HTTP client takes its time to load, which runs that search nothing should not wait for.
    from tools.search.arxiv import ArxivSearch
    from tools.search.openalex import OpenAlexSearch
    from tools.search.pace import arxiv_pace, openalex_pace
    from tools.search.web import Web

    key = settings.openalex_api_key.get_secret_value() if settings.openalex_api_key else ""
    works = Web(
        "OpenAlex",
        f"{settings.arxla_openalex_url.rstrip('/')}/works",
        openalex_pace(),
        hint="" if key else NO_KEY,
    )
    arxiv = Web("arXiv", settings.arxla_arxiv_url, arxiv_pace())
    return [ArxivSearch(arxiv), OpenAlexSearch(works, settings.openalex_mailto, key)]


def _open(name: str, settings: Settings) -> PaperSource:
    from tools.papers.sources import open_source  # what reads papers takes its time to load

    return open_source(name, settings)
