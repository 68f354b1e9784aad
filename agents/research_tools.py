"""What the model that reviews literature may do beyond the first searches: search further, and read a result."""

from collections.abc import Iterable, Sequence
from typing import Any

from agents.wording import mark_data
from runtime.errors import InputError
from runtime.models.tools import Tool
from tools.search import Numbered, SearchSession

MOST_ACTIONS = 16
"""Searches and readings of one review, whatever its rounds; arXiv alone takes three seconds for each."""
PER_SEARCH = 6
SHOWN_ABSTRACT = 700
SHORTEST_ABSTRACT = 160
LONGEST_READING = 4_000


def research_tools(session: SearchSession) -> list[Tool]:
    """`search` and `read` over a session; none when no search tool is up."""
    if not session.up:
        return []
    left = [MOST_ACTIONS]

    def count() -> None:
        if not left[0]:
            raise InputError(f"You have searched and read {MOST_ACTIONS} times, which is all; write the review.")
        left[0] -= 1

    def search(arguments: dict[str, Any]) -> str:
        count()
        found = session.search(str(arguments["tool"]), str(arguments["query"]), PER_SEARCH)
        return result_lines(found, SHOWN_ABSTRACT) or "Nothing was found; try fewer or other words."

    def read(arguments: dict[str, Any]) -> str:
        count()
        text = session.read(str(arguments["result"]), str(arguments.get("about", "")))
        return mark_data(text or "Nothing more is known of it.", LONGEST_READING)

    places = " ".join(f"{tool.name}: {tool.description}" for tool in session.up)
    names = [tool.name for tool in session.up]
    return [
        Tool(
            "search",
            f"Searches one place for literature and gives numbered results. {places}",
            _schema({"tool": {"type": "string", "enum": names}, "query": {"type": "string"}}, ["tool", "query"]),
            search,
        ),
        Tool(
            "read",
            "More of one result: passages of its full text about some words where it is at hand, else its abstract.",
            _schema({"result": {"type": ["string", "integer"]}, "about": {"type": "string"}}, ["result"]),
            read,
        ),
    ]


def result_lines(results: Iterable[Numbered], abstract: int) -> str:
    """Results as a prompt shows them, each with at most `abstract` characters of its abstract."""
    return "\n".join(_line(numbered, abstract) for numbered in results)


def fit_results(results: Sequence[Numbered], characters: int) -> str:
    """As many results as fit into `characters`, the first ones first, all with abstracts of the same bound."""
    if not results:
        return ""
    bound = min(SHOWN_ABSTRACT, max(SHORTEST_ABSTRACT, characters // len(results) - 200))
    lines: list[str] = []
    for numbered in results:
        line = _line(numbered, bound)
        if lines and len("\n".join([*lines, line])) > characters:
            break
        lines.append(line)
    return "\n".join(lines)


def _line(numbered: Numbered, abstract: int) -> str:
    found = numbered.found
    authors = ", ".join(found.authors[:3]) + (" and others" if len(found.authors) > 3 else "")
    facts = "; ".join(filter(None, [found.title, authors, str(found.year or ""), found.venue]))
    return f"[{numbered.number}] {mark_data(facts)}" + (
        f" {mark_data(found.abstract, abstract)}" if found.abstract else ""
    )


def _schema(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": required}
