"""What may stand in a search result: plain text of bounded length."""

import html
import re
import unicodedata
from typing import Any

LONGEST_TITLE = 300
LONGEST_ABSTRACT = 4_000
LONGEST_NAME = 100
MOST_AUTHORS = 12
TAG = re.compile(r"</?[A-Za-z][^<>]{0,80}>")
WORD = re.compile(r"\w+")
COMMON = frozenset(
    WORD.findall(
        "a an and are as at be best by can do does for from good how i in into is it its me my of on or our small some "
        "that the their there these this to use used using was we what when where which why with you your about "
        "accurate please find show tell works"
    )
)
"""Words that say nothing of what is looked for."""


def plain(raw: Any, limit: int) -> str:
    """Text without tags, control characters, or runs of white space, cut to `limit` characters."""
    if not isinstance(raw, str):
        return ""
    text = html.unescape(TAG.sub(" ", raw[: 20 * limit]))
    kept = "".join(character if unicodedata.category(character)[0] != "C" else " " for character in text)
    return " ".join(kept.split())[:limit]


def year_of(raw: Any) -> int | None:
    """A year from a number or from the beginning of a date."""
    text = str(raw)[:4] if isinstance(raw, str | int) and not isinstance(raw, bool) else ""
    return int(text) if re.fullmatch(r"(?:1[5-9]|20|21)[0-9]{2}", text) else None


def keywords(query: str, most: int = 10) -> list[str]:
    """The telling words of a query, each once, in order; all its words when none tells."""
    words = [word for word in WORD.findall(query[:2_000]) if len(word) < 50]
    unique = list({word.casefold(): word for word in words}.values())
    telling = [word for word in unique if word.casefold() not in COMMON and (len(word) > 1 or word.isdigit())]
    return (telling or unique)[:most]
