"""A text as chunks that cover it exactly once, found and read by byte offsets: nothing is held but one window."""

import codecs
import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from pydantic import BaseModel, ConfigDict

from runtime.errors import InputError
from tools.papers.headings import HEADING

BLOCK = 1 << 16
WIDEST_SEARCH = 1 << 18
"""Bytes on each side of an even cut in which a better place is looked for."""
FULLEST_SHARE = 0.5
"""A chunk is cut at a boundary only beyond this share of its size."""
_PARAGRAPH = re.compile(r"\n[ \t]*\n+")
_SENTENCE = re.compile(r"[.!?][\"')\]”’]{0,2}\s+")
_SPACE = re.compile(r"\s+")


class Chunk(BaseModel):
    """A part of a text file."""

    model_config = ConfigDict(extra="forbid")

    number: int
    """From 1."""
    section: str
    """The heading in force where the chunk begins; empty before the first."""
    start: int
    """Byte offsets into the file, the end excluded."""
    end: int
    characters: int


def split(text: Path, *, chunk_characters: int, num_chunks: int | None = None) -> list[Chunk]:
    """Cut a UTF-8 file at headings, else paragraphs, else sentences, else spaces, else between two characters.

    Chunks hold at most `chunk_characters`; with `num_chunks` exactly so many, about equal in bytes, however long.
    Joined they are the file. Memory is one chunk, or with `num_chunks` one search window. An empty file has no chunks.
    Raises `InputError` for a text that is not UTF-8, or shorter than `num_chunks` characters.
    """
    if chunk_characters < 1 or (num_chunks is not None and num_chunks < 1):
        raise InputError("A text is split into one chunk or more, of one character or more.")
    size = text.stat().st_size
    if not size:
        return []
    with text.open("rb") as file:
        try:
            cuts = _equal_cuts(file, size, num_chunks) if num_chunks else _full_cuts(file, chunk_characters)
            return list(_describe(file, [0, *cuts, size]))
        except UnicodeDecodeError as error:
            raise InputError(f"{text} is not UTF-8 text ({error.reason}); extract it first.") from None


def read_chunk(text: Path, chunk: Chunk) -> str:
    """The chunk's text."""
    with text.open("rb") as file:
        file.seek(chunk.start)
        return file.read(chunk.end - chunk.start).decode()


def _full_cuts(file: BinaryIO, limit: int) -> list[int]:
    """Where chunks of at most `limit` characters end, the last one aside."""
    cuts: list[int] = []
    held = ""
    decoder = codecs.getincrementaldecoder("utf-8")()
    position = 0
    while True:
        parts = [held]
        length = len(held)
        while length <= limit and (block := file.read(min(BLOCK, max(limit, 64)))):
            parts.append(decoder.decode(block))
            length += len(parts[-1])
        held = "".join(parts)
        if length <= limit:
            decoder.decode(b"", final=True)
            return cuts
        cut = _last_boundary(held, limit)
        position += len(held[:cut].encode())
        cuts.append(position)
        held = held[cut:]


def _last_boundary(text: str, limit: int) -> int:
    """The best place to end a chunk that begins where `text` does, in (0, limit]."""
    low = max(1, int(limit * FULLEST_SHARE))
    headings = list(HEADING.finditer(text, low, limit + 1))
    if headings:
        highest = min(len(match[1]) for match in headings)
        return next(match.start() for match in reversed(headings) if len(match[1]) == highest)
    for boundary in (_PARAGRAPH, _SENTENCE, _SPACE):
        ends = [match.end() for match in boundary.finditer(text, low, limit)]
        if ends:
            return ends[-1]
    return limit


def _equal_cuts(file: BinaryIO, size: int, count: int) -> list[int]:
    """The ends of `count` chunks, the last one aside, each near its even share of the bytes."""
    reach = min(WIDEST_SEARCH, max(4, size // count // 4))
    cuts: list[int] = []
    last = 0
    for index in range(1, count):
        ideal = size * index // count
        start = max(last, ideal - reach)
        file.seek(start)
        window = file.read(ideal + reach - start)
        skipped = next((place for place, byte in enumerate(window) if byte & 0xC0 != 0x80), len(window))
        text = codecs.getincrementaldecoder("utf-8")().decode(window[skipped:])
        middle = len(window[skipped : max(skipped, ideal - start)].decode(errors="ignore"))
        place = _nearest_boundary(text, middle, exclude_start=start == last)
        last = start + skipped + len(text[:place].encode())
        cuts.append(last)
    if any(after <= before for before, after in itertools.pairwise([0, *cuts, size])):
        return _character_cuts(file, count)
    return cuts


def _nearest_boundary(text: str, middle: int, exclude_start: bool) -> int:
    low = 1 if exclude_start else 0
    found = [match.start() for match in HEADING.finditer(text) if match.start() > 0]
    for ends in (found, *([match.end() for match in kind.finditer(text)] for kind in (_PARAGRAPH, _SENTENCE, _SPACE))):
        inside = [end for end in ends if low <= end < len(text)]
        if inside:
            return min(inside, key=lambda end: abs(end - middle))
    return max(low, middle)


def _character_cuts(file: BinaryIO, count: int) -> list[int]:
    """Even cuts of a text so short that even shares hold no boundary; in memory, for it is shorter than its chunks."""
    file.seek(0)
    text = file.read().decode()
    if len(text) < count:
        raise InputError(f"A text of {len(text)} characters can't be split into {count} chunks; ask for fewer.")
    return [len(text[: len(text) * index // count].encode()) for index in range(1, count)]


def _describe(file: BinaryIO, cuts: list[int]) -> Iterator[Chunk]:
    section = ""
    for number, (start, end) in enumerate(itertools.pairwise(cuts), 1):
        file.seek(max(0, start - 1))
        fresh = start == 0 or file.read(1) == b"\n"  # whether a block begins with a line
        own, latest, characters = section, section, 0
        for block in _blocks(file, end - start):
            if not characters and fresh and (opening := HEADING.match(block.lstrip("\n"))):
                own = opening[2]
            for match in HEADING.finditer(block):
                latest = match[2] if fresh or match.start() else latest
            characters += len(block)
            fresh = block.endswith("\n")
        yield Chunk(number=number, section=own.strip(), start=start, end=end, characters=characters)
        section = latest


def _blocks(file: BinaryIO, total: int) -> Iterator[str]:
    """The next `total` bytes as text, in blocks that end at a line's end where lines are shorter than a block."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    held = ""
    while total > 0 and (block := file.read(min(BLOCK, total))):
        total -= len(block)
        held += decoder.decode(block, final=total == 0)
        end = held.rfind("\n") + 1 if total else len(held)
        if end == 0 and len(held) < BLOCK:
            continue
        end = end or len(held)
        yield held[:end]
        held = held[end:]
    if held:
        yield held
