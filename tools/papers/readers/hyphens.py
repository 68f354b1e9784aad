"""Words that a line's end broke, put together again: the document says whether the hyphen belongs to the word."""

import itertools
import re
from collections import Counter
from collections.abc import Iterable

from tools.papers.readers.pdf_lines import Line

MOST_WORDS = 500_000
FURTHEST = 12
"""Lines (a footnote, a figure) that may stand between the two parts of a word."""
_WORD = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*")
_LAST = re.compile(r"[^\W_]+(?:-[^\W_]+)*$")
_FIRST = re.compile(r"[^\W_]+(?:-[^\W_]+)*")


class Vocabulary:
    """The words of a document that no line's end broke."""

    def __init__(self) -> None:
        self._words: Counter[str] = Counter()

    def learn(self, lines: Iterable[Line]) -> None:
        """Count the words of one page."""
        broken = False
        for line in lines:
            if len(self._words) > MOST_WORDS:
                return
            words = _WORD.findall(line.text.lower())
            whole = words[1 if broken else 0 : len(words) - line.hyphen]
            self._words.update(whole)
            self._words.update(part for word in whole if "-" in word for part in (*word.split("-"), *_pairs(word)))
            broken = line.hyphen

    def join(self, before: str, after: str) -> str:
        """The hyphen, or nothing, that belongs between two parts of a word."""
        left, right = before.lower(), after.lower()
        last, first = left.rsplit("-", 1)[-1], right.split("-", 1)[0]
        if self._words[f"{last}-{first}"] or self._words[f"{left}-{right}"]:
            return "" if self._words[last + first] > self._words[f"{last}-{first}"] else "-"
        if self._words[last + first] or self._words[left + right]:
            return ""
        if not after[:1].islower():
            return "-"
        both = min(len(last), len(first)) >= 4 and self._words[last] > 1 and self._words[first] > 1
        return "-" if both or len(last) == 1 else ""


def _pairs(word: str) -> list[str]:
    parts = word.split("-")
    return [f"{before}-{after}" for before, after in itertools.pairwise(parts)] if len(parts) > 2 else []


def join_broken(lines: list[Line], count: int, vocabulary: Vocabulary) -> list[Line]:
    """As many lines again, the rest of each word that the first `count` break moved up to where the word began.

    A line that was no more than such a rest is left empty.
    """
    result = list(lines)
    for place in range(count):
        line = result[place]
        if not line.hyphen:
            continue
        start = _LAST.search(line.text)
        follower = _continuation(result, place)
        rest = _FIRST.match(result[follower].text) if follower is not None else None
        if start is None or follower is None or rest is None:
            result[place] = line._replace(text=line.text + "-", hyphen=False)
            continue
        following = result[follower]
        tail = following.text[rest.end() :]
        punctuation = re.match(r"\S*", tail)
        end = rest.end() + (punctuation.end() if punctuation else 0)
        joined = line.text + vocabulary.join(start[0], rest[0]) + following.text[:end]
        result[place] = line._replace(text=joined, hyphen=False)
        result[follower] = following._replace(text=following.text[end:].lstrip())
    return result


def _continuation(lines: list[Line], place: int) -> int | None:
    """The line that goes on with the broken word: the next one, or past smaller print the next of the same size."""
    line = lines[place]
    for further in range(place + 1, min(len(lines), place + 1 + FURTHEST)):
        if abs(lines[further].size - line.size) <= 0.15 * line.size and lines[further].text[:1].isalnum():
            if lines[further].text[:1].isdigit() and not line.text[-1:].isdigit() and further == place + 1:
                continue
            return further
    return place + 1 if place + 1 < len(lines) else None
