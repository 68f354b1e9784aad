"""arXiv by its public API (https://info.arxiv.org/help/api/user-manual.html): Atom feeds."""

import re
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from tools.search.fields import LONGEST_ABSTRACT, LONGEST_NAME, LONGEST_TITLE, MOST_AUTHORS, keywords, plain, year_of
from tools.search.protocol import Found
from tools.search.web import Garbled, Web

ATOM = "{http://www.w3.org/2005/Atom}"
ARXIV = "{http://arxiv.org/schemas/atom}"
ABS = re.compile(r"^https?://(?:www\.|export\.)?arxiv\.org/abs/([A-Za-z.\-]{0,20}/?[0-9.]{4,12})(?:v[0-9]+)?$")
FEWEST_FOR_ANY = 3
MOST_RESULTS = 50


class ArxivSearch:
    """All of these words first; any of them when that finds nothing."""

    name = "arxiv"
    description = (
        "Preprints of physics, mathematics and computer science by words of title and abstract; newest methods."
    )

    def __init__(self, web: Web) -> None:
        self._web = web

    def search(self, query: str, limit: int) -> list[Found]:
        words = keywords(query)
        if not words or limit < 1:
            return []
        found = self._ask(" AND ".join(f"all:{word}" for word in words), limit)
        if not found and len(words) >= FEWEST_FOR_ANY:
            found = self._ask(" OR ".join(f"all:{word}" for word in words), limit)
        return found

    def read(self, found: Found, words: str) -> str:  # noqa: ARG002
        return found.abstract

    def _ask(self, query: str, limit: int) -> list[Found]:
        wanted = min(limit, MOST_RESULTS)
        parameters = {"search_query": query, "start": "0", "max_results": str(wanted), "sortBy": "relevance"}
        return self._web.get(parameters, read_feed)[:wanted]


def read_feed(body: bytes, status: int = 200) -> list[Found]:
    """The entries of an Atom feed. Raises `Garbled` for anything else, and for the entry that arXiv calls Error."""
    try:
        feed = fromstring(body)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise Garbled(f"it answered {status} with something that is no Atom feed") from error
    if feed.tag != f"{ATOM}feed":
        raise Garbled(f"it answered {status} with something that is no Atom feed")
    entries = feed.findall(f"{ATOM}entry")
    for entry in entries:
        if "/api/errors" in _text(entry, f"{ATOM}id", 200):
            raise Garbled(f"it says: {_text(entry, f'{ATOM}summary', 120) or 'error'}")
    return [found for entry in entries if (found := _found(entry)) is not None]


def _found(entry: Element) -> Found | None:
    address = ABS.match(_text(entry, f"{ATOM}id", 200))
    title = _text(entry, f"{ATOM}title", LONGEST_TITLE)
    if address is None or not title:
        return None
    authors = [_text(author, f"{ATOM}name", LONGEST_NAME) for author in entry.findall(f"{ATOM}author")]
    return Found(
        id=f"arxiv:{address[1]}",
        title=title,
        authors=[author for author in authors if author][:MOST_AUTHORS],
        year=year_of(_text(entry, f"{ATOM}published", 40)),
        venue=_text(entry, f"{ARXIV}journal_ref", LONGEST_NAME) or "arXiv",
        url=f"https://arxiv.org/abs/{address[1]}",
        abstract=_text(entry, f"{ATOM}summary", LONGEST_ABSTRACT),
        tool="arxiv",
    )


def _text(parent: Element, tag: str, limit: int) -> str:
    element = parent.find(tag)
    return plain("" if element is None else "".join(element.itertext()), limit)
