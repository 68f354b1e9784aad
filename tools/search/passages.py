"""The paragraphs of a long text that hold most of the words asked for."""

import heapq
from collections.abc import Iterator
from pathlib import Path

from tools.search.fields import WORD, keywords

LONGEST_PASSAGE = 900
SHORTEST_PASSAGE = 80
MOST_PASSAGES = 4
LONGEST_LINE = 20_000


def best_passages(path: Path, words: str, most: int = MOST_PASSAGES) -> str:
    """At most `most` passages in the text's order, parted by an empty line; any text is read in little memory.

    A passage scores by how many different words it holds, then by how often it holds them.
    """
    wanted = {word.casefold() for word in keywords(words, 20)}
    scored = ((*_score(passage, wanted), -place, passage) for place, passage in enumerate(_passages(path)))
    best = heapq.nlargest(most, (item for item in scored if item[0]))
    return "\n\n".join(passage for *_, passage in sorted(best, key=lambda item: -item[2]))


def _score(passage: str, wanted: set[str]) -> tuple[int, int]:
    hits = [word for word in WORD.findall(passage.casefold()) if word in wanted]
    return len(set(hits)), len(hits)


def _passages(path: Path) -> Iterator[str]:
    """Paragraphs, long ones cut; short ones go with what follows."""
    text = ""
    with path.open(encoding="utf-8", errors="replace") as stream:
        while line := stream.readline(LONGEST_LINE):
            words = " ".join(line.split())
            if words:
                text = f"{text} {words}" if text else words
            if (not words and len(text) >= SHORTEST_PASSAGE) or len(text) > LONGEST_PASSAGE:
                yield from (text[i : i + LONGEST_PASSAGE] for i in range(0, len(text), LONGEST_PASSAGE))
                text = ""
    if text:
        yield text
