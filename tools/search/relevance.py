"""Whether a result is about what was asked: full-text search also finds what shares one common word."""

import re
from collections.abc import Sequence

from tools.search.fields import keywords
from tools.search.protocol import Found

FEWEST_SHARED = 2
EVERYWHERE = frozenset(
    {"network", "networks", "neural", "deep", "learning", "training", "classification", "efficient", "data", "task"}
)
"""Words of most papers of the field."""


def query_of(found: Found, queries: Sequence[str]) -> str:
    """The first query that a result's title and abstract are about, "" for none."""
    text = f"{found.title}. {found.abstract}"
    return next((query for query in queries if is_about(text, query)), "")


def is_about(text: str, words: str) -> bool:
    """Whether a text holds half of a query's telling words, and two at least."""
    wanted = {word.casefold() for word in keywords(words, 20)}
    wanted = wanted - EVERYWHERE or wanted
    shared = wanted & {word.casefold() for word in re.findall(r"\w+", text)}
    return len(shared) >= min(max(FEWEST_SHARED, len(wanted) // 2), len(wanted))
