"""Which encoding a text file has."""

import codecs
from pathlib import Path

from runtime.errors import InputError

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
BLOCK = 1 << 20


def open_text(path: Path) -> tuple[str, list[str]]:
    """The encoding of a file, with a warning when it is not Unicode. Raises `InputError` for binary files.

    A byte order mark decides; else UTF-8 when all of the file is valid; else Windows-1252, or Latin-1 when bytes that
    Windows-1252 lacks occur.
    """
    try:
        with path.open("rb") as file:
            start = file.read(BLOCK)
    except OSError as error:
        raise InputError(f"{path} can't be read ({error.strerror}).") from error
    if not start.strip():
        raise InputError(f"{path} is empty.")
    for mark, encoding in MARKS:
        if start.startswith(mark):
            return encoding, []
    if b"\0" in start:
        raise InputError(f"{path} is not a text file; give a CSV or TSV saved as text.")
    if _valid(path, "utf-8"):
        return "utf-8", []
    encoding = "cp1252" if _valid(path, "cp1252") else "latin-1"
    return encoding, [f"Encoding: {path.name} is not UTF-8 and was read as {encoding}."]


def _valid(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while block := file.read(BLOCK):
                decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
