"""Bytes of unknown encoding as text, line by line, in flat memory."""

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from charset_normalizer import from_bytes

BLOCK = 1 << 16
SAMPLE = 1 << 17
LONGEST_LINE = 1 << 16
"""Characters; a longer line comes in pieces, of which only the last ends in a newline."""
FEW_ODD_BYTES, FEWEST_ODD_BYTES = 0.05, 40
"""A text in Latin letters with fewer bytes beyond ASCII is English with names in it; a guess is not to be trusted."""
_WESTERN = {"ascii", "utf_8", "latin_1", "cp1252", "iso8859_15"}
_LATIN_LETTERS = {
    "cp1250", "cp1254", "cp1257", "cp1258", "iso8859_2", "iso8859_3", "iso8859_4", "iso8859_9", "iso8859_10",
    "iso8859_13", "iso8859_14", "iso8859_16", "mac_roman", "mac_latin2", "mac_turkish", "mac_iceland", "cp437", "cp850",
    "cp852", "cp858", "cp775", "cp857", "cp860", "cp861", "cp863", "cp865", "hp_roman8", "cp037", "cp500", "cp1140",
    "cp273", "cp1026",
}  # fmt: skip
_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def detect_encoding(path: Path) -> str:
    """By its mark, else UTF-8 if all of it is, else UTF-16 without a mark by its zeros, else charset-normalizer's guess
    from the start and the first odd bytes, else Latin-1."""
    with path.open("rb") as file:
        sample = file.read(SAMPLE)
        for mark, name in _MARKS.items():
            if sample.startswith(mark):
                return name
        if (unmarked := _unmarked_utf16(sample)) is not None:
            return unmarked
        file.seek(0)
        odd = _first_not_utf8(file)
        if odd is None:
            return "utf-8"
        file.seek(max(0, odd - 2000))
        sample = sample[:20_000] + file.read(20_000)
    guess = from_bytes(sample, cp_exclusion=["utf_16", "utf_32", "utf_7"]).best()
    few = sum(byte > 127 for byte in sample) < max(FEWEST_ODD_BYTES, FEW_ODD_BYTES * len(sample))
    if guess is None or guess.encoding in _WESTERN or (few and guess.encoding in _LATIN_LETTERS):
        return "cp1252" if not set(sample) & {0x81, 0x8D, 0x8F, 0x90, 0x9D} else "latin-1"
    return guess.encoding


def _unmarked_utf16(sample: bytes) -> str | None:
    """UTF-16 of mostly Latin text has a zero in nearly every second byte, and in few others."""
    half = len(sample) // 2
    if half < 8:
        return None
    even, odd = sample[0 : half * 2 : 2].count(0) / half, sample[1 : half * 2 : 2].count(0) / half
    if odd > 0.6 and even < 0.1:
        return "utf-16-le"
    return "utf-16-be" if even > 0.6 and odd < 0.1 else None


def _first_not_utf8(file: BinaryIO) -> int | None:
    decoder = codecs.getincrementaldecoder("utf-8")()
    position = 0
    while block := file.read(BLOCK):
        try:
            decoder.decode(block)
        except UnicodeDecodeError as error:
            return position + error.start
        position += len(block)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return position
    return None


def read_lines(path: Path, encoding: str) -> Iterator[str]:
    """Lines with `\\n` at their end (the last one may lack it), whatever the file ends them with; bytes that the
    encoding does not know become U+FFFD, control characters go."""
    with path.open(encoding=encoding, errors="replace", newline=None) as file:
        while line := file.readline(LONGEST_LINE):
            yield line.translate(CONTROL)


CONTROL = dict.fromkeys((*range(9), *range(11, 32), *range(127, 160), 0xFEFF)) | {0x2028: " ", 0x2029: " ", 0x85: " "}
"""Control characters go, and what some take for a line's end is a space."""
