"""Which datasets a paper names, how often, and where."""

import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tools.recommend.names import Found, find_names
from tools.recommend.negation import joined, negated_after, negated_before
from tools.recommend.places import WEIGHTS, Place, Reader
from tools.recommend.recommendation import Mention

BLOCK = 1 << 16
"""Characters that are looked at together; a paper of any length is read in this much memory."""
LONGEST_QUOTATION = 240
PRETRAINED = re.compile(r"pre-?train\w*", re.IGNORECASE)
AFTER_PRETRAINED = re.compile(r"pre-?train\w*\s+(?:on|with|using|for)\s+(?:the\s+|a\s+)?$", re.IGNORECASE)
PRETRAINING_SHARE = 0.4
"""A dataset of pre-training alone counts this much: what the paper evaluates on comes first."""


@dataclass
class _Tally:
    places: Counter[Place] = field(default_factory=Counter)
    pretraining: int = 0
    negated: int = 0
    quotation: str = ""
    quoted_weight: float = -1.0


def find_mentions(text: Path | str) -> list[Mention]:
    """Every dataset that a text (or a UTF-8 file of any length) names, the weightiest first.

    A mention's weight is, over the places where the name stands, the place's weight times 1 + ln(mentions there).
    Negated mentions ("unlike CIFAR-10") count nothing.
    """
    tallies: dict[str, _Tally] = {}
    for block, places in _blocks(text):
        _count(block, places, tallies)
    mentions = [_mention(name, tally) for name, tally in tallies.items()]
    return sorted(mentions, key=lambda mention: (-mention.weight, -mention.count, mention.name))


def _count(block: str, places: "_Places", tallies: dict[str, _Tally]) -> None:
    before: Found | None = None
    denied = False
    for found in find_names(block):
        follows = before is not None and joined(block, before.end, found.start, found.end)
        denied = (denied and follows) or negated_before(block, found.start)
        tally = tallies.setdefault(found.dataset, _Tally())
        before = found
        if denied or negated_after(block, found.end):
            tally.negated += 1
            tally.quotation = tally.quotation or _around(block, found)
            continue
        place = places.at(found.start)
        tally.places[place] += 1
        tally.pretraining += _is_pretraining(block, found)
        if WEIGHTS[place] > tally.quoted_weight:
            tally.quotation, tally.quoted_weight = _around(block, found), WEIGHTS[place]


def _mention(name: str, tally: _Tally) -> Mention:
    count = tally.places.total()
    weight = sum(WEIGHTS[place] * (1 + math.log(times)) for place, times in tally.places.items())
    if count:
        weight *= 1 - (1 - PRETRAINING_SHARE) * tally.pretraining / count
    return Mention(
        name=name, count=count + tally.negated, weight=round(weight, 3), negated=tally.negated,
        quotation=tally.quotation,
    )  # fmt: skip


def _is_pretraining(block: str, found: Found) -> bool:
    after = block[found.end : found.end + 16].lstrip(" -–\n")
    return bool(PRETRAINED.match(after) or AFTER_PRETRAINED.search(block[max(0, found.start - 30) : found.start]))


def _around(block: str, found: Found) -> str:
    """The sentence of a name, cut to LONGEST_QUOTATION."""
    half = LONGEST_QUOTATION // 2
    before = re.split(r"[.!?]\s|\n\s*\n", block[max(0, found.start - half) : found.start])[-1]
    after = re.split(r"[.!?](?=\s)|\n\s*\n", block[found.end : found.end + half])[0]
    return " ".join((before + block[found.start : found.end] + after).split())


class _Places:
    """The place of every line of a block."""

    def __init__(self, reader: Reader, block: str, offset: int) -> None:
        self._starts: list[tuple[int, Place]] = []
        position = 0
        for line in block.splitlines(keepends=True):
            place = reader.read(line, offset + position)
            if not self._starts or self._starts[-1][1] != place:
                self._starts.append((position, place))
            position += len(line)

    def at(self, position: int) -> Place:
        return next((place for start, place in reversed(self._starts) if start <= position), "body")


def _blocks(text: Path | str) -> Iterator[tuple[str, _Places]]:
    """Pieces that end at a paragraph's or a sentence's end where there is one, with the places of their lines."""
    offset, rest = 0, ""
    reader: Reader | None = None
    for piece in _pieces(text):
        rest += piece
        if len(rest) < BLOCK:
            continue
        cut = max(rest.rfind("\n\n"), rest.rfind(". "), rest.rfind(".\n"))
        cut = cut + 2 if cut > 0 else rest.rfind(" ") + 1 or len(rest)
        reader = reader or Reader.of(rest)
        yield rest[:cut], _Places(reader, rest[:cut], offset)
        offset, rest = offset + cut, rest[cut:]
    yield rest, _Places(reader or Reader.of(rest), rest, offset)


def _pieces(text: Path | str) -> Iterator[str]:
    if isinstance(text, str):
        yield from (text[start : start + BLOCK] for start in range(0, len(text), BLOCK))
        return
    with text.open(encoding="utf-8", errors="replace") as file:
        while piece := file.read(BLOCK):
            yield piece
