"""OpenAlex by its public API (https://developers.openalex.org/api-reference): works of every field, as JSON."""

import json
import re
from typing import Any

from tools.search.fields import LONGEST_ABSTRACT, LONGEST_NAME, LONGEST_TITLE, MOST_AUTHORS, keywords, plain, year_of
from tools.search.protocol import Found
from tools.search.web import Garbled, Web

FIELDS = "id,display_name,publication_year,authorships,primary_location,abstract_inverted_index,doi"
WORK = re.compile(r"^https?://(?:api\.|www\.)?openalex\.org/(?:works/)?(W[0-9]{1,15})$")
DOI = re.compile(r"^https://doi\.org/10\.[^\s<>\"]{1,200}$")
MOST_RESULTS = 50
MOST_WORDS = 5_000


class OpenAlexSearch:
    """Works by words of title, abstract and full text, most relevant first."""

    name = "openalex"
    description = "Published works of every field, with venue and year, by words of title and abstract."

    def __init__(self, web: Web, mailto: str = "", key: str = "") -> None:
        self._web = web
        self._who = {name: value for name, value in (("mailto", mailto), ("api_key", key)) if value}

    def search(self, query: str, limit: int) -> list[Found]:
        words = keywords(query)
        if not words or limit < 1:
            return []
        wanted = min(limit, MOST_RESULTS)
        # In capitals AND, OR and NOT would be operators.
        asked = {"search": " ".join(words).lower(), "per-page": str(wanted), "select": FIELDS}
        return self._web.get(asked | self._who, read_works)[:wanted]

    def read(self, found: Found, words: str) -> str:  # noqa: ARG002
        return found.abstract


def read_works(body: bytes, status: int = 200) -> list[Found]:
    """The works of an answer. Raises `Garbled` for anything else, with the service's own message if it sent one."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Garbled(f"it answered {status} with something that is no JSON") from error
    if not isinstance(answer, dict) or not isinstance(answer.get("results"), list):
        message = plain(answer.get("message") or answer.get("error"), 120) if isinstance(answer, dict) else ""
        raise Garbled(f"it says: {message}" if message else f"it answered {status} without results")
    return [found for work in answer["results"] if (found := _found(work)) is not None]


def rebuild(inverted: Any) -> str:
    """An abstract from OpenAlex's inverted index, {word: [positions]}."""
    if not isinstance(inverted, dict):
        return ""
    placed = [
        (position, word)
        for word, positions in inverted.items()
        if isinstance(positions, list)
        for position in positions[:MOST_WORDS]
        if isinstance(position, int)
    ]
    return plain(" ".join(word for _, word in sorted(placed)[:MOST_WORDS]), LONGEST_ABSTRACT)


def _found(work: Any) -> Found | None:
    if not isinstance(work, dict):
        return None
    address = WORK.match(str(work.get("id", "")))
    title = plain(work.get("display_name"), LONGEST_TITLE)
    if address is None or not title:
        return None
    doi = work.get("doi")
    return Found(
        id=f"openalex:{address[1]}",
        title=title,
        authors=_authors(work.get("authorships")),
        year=year_of(work.get("publication_year")),
        venue=plain(_at(work, "primary_location", "source", "display_name"), LONGEST_NAME),
        url=doi if isinstance(doi, str) and DOI.match(doi) else f"https://openalex.org/{address[1]}",
        abstract=rebuild(work.get("abstract_inverted_index")),
        tool="openalex",
    )


def _authors(raw: Any) -> list[str]:
    items = raw[:MOST_AUTHORS] if isinstance(raw, list) else []
    names = [plain(_at(item, "author", "display_name"), LONGEST_NAME) for item in items]
    return [name for name in names if name]


def _at(value: Any, *keys: str) -> Any:
    """What stands at a path of keys, or None."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value
