"""What form a paper's file has: by its content first, then by its name; what can't be read is refused."""

import os
from pathlib import Path
from typing import Literal

from runtime.errors import InputError

Form = Literal["pdf", "latex", "markdown", "text", "html"]
HEAD = 1 << 13
BY_SUFFIX: dict[str, Form] = {
    ".pdf": "pdf", ".tex": "latex", ".ltx": "latex", ".latex": "latex", ".md": "markdown", ".markdown": "markdown",
    ".mmd": "markdown", ".txt": "text", ".text": "text", ".html": "html", ".htm": "html", ".xhtml": "html",
}  # fmt: skip
GZIP = b"\x1f\x8b"
_FOREIGN = {
    b"PK\x03\x04": "a zip archive (perhaps a Word or EPUB file)",
    b"PK\x05\x06": "an empty zip archive",
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"GIF8": "a GIF picture",
    b"\x7fELF": "a program",
    b"MZ\x90": "a program",
    b"\xd0\xcf\x11\xe0": "an old Word file",
    b"{\\rtf": "an RTF file",
    b"%!PS": "a PostScript file",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ": "an xz archive",
    b"\x28\xb5\x2f\xfd": "a zstandard archive",
    b"Rar!": "a RAR archive",
    b"7z\xbc\xaf": "a 7-zip archive",
    b"SQLite format 3": "a database",
}
_READABLE = "PDF, LaTeX, Markdown, text or HTML"


def check_path(path: Path) -> None:
    """Raise `InputError` unless there is a readable file or folder that is not empty."""
    try:
        path.stat()
    except FileNotFoundError:
        raise InputError(f"There is no paper at {path}: give the path of a file or of a LaTeX folder.") from None
    except OSError as error:
        reason = "its links lead in a circle" if error.errno == 40 else (error.strerror or str(error)).lower()
        raise InputError(f"{path} can't be read: {reason}.") from None
    if not (path.is_file() or path.is_dir()):
        raise InputError(f"{path} is neither a file nor a folder; give a paper as {_READABLE}.")
    if not os.access(path, os.R_OK):
        raise InputError(f"{path} can't be read: permission is denied.")
    if path.is_file() and path.stat().st_size == 0:
        raise InputError(f"{path} is empty; give a paper as {_READABLE}.")


def form_of(path: Path, name: str) -> Form:
    """The form of an existing file that the user calls `name`. Raises `InputError` when content and name disagree."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    expected = BY_SUFFIX.get(Path(name).suffix.lower())
    found = _by_content(head)
    if found in ("pdf",) or (found is not None and found not in BY_SUFFIX.values()):
        if found == "pdf" and expected in (None, "pdf"):
            return "pdf"
        what = "a PDF" if found == "pdf" else found
        advice = f"rename it to {Path(name).stem}.pdf" if found == "pdf" else f"give the paper as {_READABLE}"
        raise InputError(f"{name} is {what} by its content: {advice}.")
    if expected == "pdf":
        raise InputError(f"{name} is not a PDF by its content: give the file its real suffix, or download it again.")
    if expected is not None:
        return expected
    if found == "html":
        return "html"
    return "latex" if b"\\documentclass" in head or b"\\begin{document}" in head else "text"


def _by_content(head: bytes) -> str | None:
    """`pdf`, `html`, a description of what we don't read, or None for text."""
    if b"%PDF-" in head[:1024]:
        return "pdf"
    for magic, what in _FOREIGN.items():
        if head.startswith(magic):
            return what
    if head[257:262] == b"ustar":
        return "a tar archive (unpack it and give the folder)"
    if _is_binary(head):
        return "binary data"
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    return "html" if start.startswith((b"<!doctype html", b"<html", b"<?xml")) and b"<html" in head.lower() else None


def _is_binary(head: bytes) -> bool:
    """Control characters that no text has; UTF-16 and UTF-32, half zeros, are text."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")):
        return False
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if min(even, odd) < 0.1 * max(even, odd) and max(even, odd) > 0.5 * len(head) / 2:
        return False
    odd_ones = sum(byte < 9 or 13 < byte < 27 or 27 < byte < 32 for byte in head)
    return b"\x00" in head or odd_ones > 0.02 * len(head)
