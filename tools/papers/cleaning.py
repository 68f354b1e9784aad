"""Takes out of an extracted text what says nothing about the method, and says how much of what it took.

Characters are only removed, never changed or moved. References and thanks go from their heading to the next, but only
as far as they read like references and thanks: what a missed heading hides behind them stays.
"""

import re
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from pydantic import BaseModel, ConfigDict, Field

from tools.papers.boilerplate import LineKinds
from tools.papers.headings import Heading, heading, is_references, is_thanks

LONGEST_PIECE = 1 << 16
"""Characters of a line that are looked at together."""
FRONT_LINES = 80
LONGEST_ENTRY = 1500
"""Characters of a paragraph that may still be one reference."""
PATIENCE = {"references": 700, "acknowledgements": 500}
"""Characters without evidence before the list is over."""
SHORTEST_RUNNING_TITLE = 15
FEWEST_BLOB_LINES = 3
_BLOB = re.compile(r"(?:data:[\w/+.;=-]{1,80};base64,)?[A-Za-z0-9+/]{200,}={0,2}")
_BLOB_END = re.compile(r"[A-Za-z0-9+/]{4,}={0,2}\s*")
_BLOB_LINE = re.compile(r"[A-Za-z0-9+/]{60,}={0,2}\s*")
_REFERENCE = re.compile(
    r"\b(?:19|20)\d\d[a-z]?\b|arXiv|\bdoi\b|\bpp\.|\bpages? \d|Proceedings|Conference|Journal|Transactions|Advances in"
    r"|\bvol(?:ume)?\b|https?://|^\s*\[\w[^\]]{0,30}\] |\bet al\b|\bPress\b|Springer|preprint|CoRR|\bURL\b"
    r"|[A-Z][\w’'-]+, (?:[A-Z]\.[ -]?){1,3}|\d+\(\d+\):\s?\d+"
    r"|[A-Z][\w.'’-]*(?: [A-Z][\w.'’-]*){1,3}(?:, (?:and )?| and )[A-Z]|\bIn [A-Z]"
)
_THANKS = re.compile(
    r"thank|grateful|gratitude|acknowledg|support|fund|grant|award|fellowship|anonymous|reviewers|discussion|feedback|helpful",
    re.IGNORECASE,
)


class Cleaning(BaseModel):
    """What one cleaning did. `characters_before - characters_after` is the sum of `removed`."""

    model_config = ConfigDict(extra="forbid")

    characters_before: int
    characters_after: int
    removed: dict[str, int] = Field(default_factory=dict)
    """Characters by kind: references, acknowledgements, base64, boilerplate, page_furniture, contacts, blank_lines."""


def clean(source: Path, destination: Path) -> Cleaning:
    """Write `source`, an extracted UTF-8 text, to `destination` without what is no substance, in flat memory.

    A text of which nothing would be left is copied as it is.
    """
    title, front = _survey(source)
    with destination.open("w", encoding="utf-8", newline="") as file:
        cleaner = _Cleaner(file, title, front)
        for piece in _pieces(source):
            cleaner.read(piece)
        cleaner.finish()
    if not cleaner.said:
        shutil.copyfile(source, destination)
        return Cleaning(characters_before=cleaner.before, characters_after=cleaner.before)
    return Cleaning(
        characters_before=cleaner.before,
        characters_after=cleaner.after,
        removed={kind: count for kind, count in sorted(cleaner.removed.items()) if count},
    )


def _pieces(source: Path) -> Iterator[str]:
    with source.open(encoding="utf-8", newline="") as file:
        while piece := file.readline(LONGEST_PIECE):
            yield piece


def _survey(source: Path) -> tuple[str, int]:
    """The title, and how many lines stand before the first section: the paper's front, if it is a short one."""
    title = ""
    for number, piece in enumerate(_pieces(source)):
        if number > FRONT_LINES:
            break
        found = heading(piece)
        if found is None:
            continue
        if found.level > 1:
            return title, number
        title = title or found.text
    return title, 0


class _Cleaner:
    """Reads pieces of lines in order and keeps or counts them."""

    def __init__(self, file: TextIO, title: str, front: int) -> None:
        self._file = file
        self._title = title.lower()
        self._kinds = LineKinds(front)
        self._line = 0
        self._fresh = True
        self._blank = True
        self._seen_title = False
        self._region = ""
        self._pending: list[str] = []
        self._misses = 0
        self._blob_lines: list[str] = []
        self._in_blob = False
        self.before = self.after = self.said = 0
        self.removed: Counter[str] = Counter()

    def read(self, piece: str) -> None:
        """One line, or a piece of one that is longer than LONGEST_PIECE."""
        self.before += len(piece)
        whole = self._fresh and (piece.endswith("\n") or len(piece) < LONGEST_PIECE)
        self._fresh = piece.endswith("\n")
        self._line += self._fresh
        found = heading(piece) if whole else None
        if found is not None:
            self._flush_blobs()
            self._heading(found, piece)
        elif self._region:
            self._in_region(piece)
        elif whole and self._is_blob_line(piece):
            self._blob_lines.append(piece)
            if self._in_blob or len(self._blob_lines) == FEWEST_BLOB_LINES:
                self._in_blob = True
                self.removed["base64"] += sum(map(len, self._blob_lines))
                self._blob_lines = []
        else:
            self._flush_blobs()
            self._text(piece, whole)

    def finish(self) -> None:
        """Settle what was still open."""
        self._flush_blobs()
        self._leave_region()

    def _heading(self, found: Heading, piece: str) -> None:
        text = found.text.lower()
        if self._seen_title and len(text) >= SHORTEST_RUNNING_TITLE and text in self._title:
            self.removed["page_furniture"] += len(piece)  # a running head that was taken for a heading
            return
        self._leave_region()
        if is_references(found.text) or is_thanks(found.text):
            self._region = "references" if is_references(found.text) else "acknowledgements"
            self._misses = 0
            self._pending = [piece]
        else:
            self._seen_title = True
            self._keep(piece)

    def _in_region(self, piece: str) -> None:
        """Hold lines back until evidence follows, or so many lines without any that the list must be over."""
        evidence = _REFERENCE if self._region == "references" else _THANKS
        self._pending.append(piece)
        if len(piece) <= LONGEST_ENTRY and evidence.search(piece):
            self._drop_pending()
            self._misses = 0
        elif piece.strip():
            self._misses += len(piece)
            if self._misses > PATIENCE[self._region] or len(piece) > LONGEST_ENTRY:
                self._leave_region()

    def _drop_pending(self) -> None:
        for piece in self._pending:
            self.removed[self._region] += len(piece)
        self._pending = []

    def _leave_region(self) -> None:
        """Drop the end of the last entry, up to a blank line; keep what is behind it, and an empty list's heading."""
        pending, self._pending = self._pending, []
        region, self._region = self._region, ""
        if pending and heading(pending[0]) is None:
            while pending and pending[0].strip():
                self.removed[region] += len(pending.pop(0))
        for piece in pending:
            self._text(piece, whole=True)

    def _text(self, piece: str, whole: bool) -> None:
        if not whole:
            self._without_blobs(piece)
            return
        kind = self._kinds.kind(piece, self._line, self._blank)
        if kind:
            self.removed[kind] += len(piece)
        else:
            self._without_blobs(piece)

    def _is_blob_line(self, piece: str) -> bool:
        """A full line of encoded bytes, or behind such lines the last one, which is shorter."""
        shape = _BLOB_END if self._in_blob else _BLOB_LINE
        return bool(shape.fullmatch(piece)) and _is_blob(piece)

    def _without_blobs(self, piece: str) -> None:
        if len(piece) < 200:
            self._keep(piece)
            return
        kept: list[str] = []
        place = 0
        for match in _BLOB.finditer(piece):
            if _is_blob(match[0]):
                kept.append(piece[place : match.start()])
                self.removed["base64"] += len(match[0])
                place = match.end()
        self._keep("".join([*kept, piece[place:]]))

    def _flush_blobs(self) -> None:
        lines, self._blob_lines = self._blob_lines, []
        self._in_blob = False
        for line in lines:
            self._without_blobs(line)

    def _keep(self, piece: str) -> None:
        blank = not piece.strip() and piece.endswith("\n")
        if blank and self._blank:
            self.removed["blank_lines"] += len(piece)
            return
        self._blank = blank
        self.said += len(piece.strip())
        self.after += len(piece)
        self._file.write(piece)


def _is_blob(text: str) -> bool:
    """Encoded bytes mix capitals, small letters and digits; words, numbers, sequences of bases and rules do not."""
    sample = text[-2000:]
    kinds = (sum(map(str.isupper, sample)), sum(map(str.islower, sample)), sum(map(str.isdigit, sample)))
    return min(kinds) >= 0.03 * len(sample)
