"""Writing a paper's text where it is asked for, and saying what it is."""

import hashlib
import os
import shutil
from pathlib import Path
from tempfile import NamedTemporaryFile

from tools.papers.paper import FetchedText
from tools.results.writing import naming_disk_faults

BLOCK = 1 << 20
INDEXED_BYTES = 32 << 20
"""A longer text is searched by its beginning; it is kept whole all the same."""


def digest(path: Path) -> str:
    """SHA-256 of a file's bytes, or of every file below a folder with its name, in hexadecimal."""
    total = hashlib.sha256()
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if file.is_file():
            if file != path:
                total.update(os.fsencode(file.relative_to(path)) + b"\0")
            with file.open("rb") as stream:
                while block := stream.read(BLOCK):
                    total.update(block)
    return total.hexdigest()


def copy_whole(source: Path, destination: Path) -> None:
    """Copy a file so that `destination` is absent or whole after a crash. Raises `DiskFull`."""
    with naming_disk_faults(destination):
        destination.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=destination.parent, suffix=".part", delete=False) as part:
            try:
                with source.open("rb") as stream:
                    shutil.copyfileobj(stream, part, BLOCK)
                part.flush()
                os.fsync(part.fileno())
                Path(part.name).replace(destination)
            finally:
                Path(part.name).unlink(missing_ok=True)


def write_text(text: str, destination: Path, **facts: object) -> FetchedText:
    """Write a text that is in memory already, and describe it; `facts` are fields of `FetchedText`."""
    data = text.encode("utf-8", "replace")
    with naming_disk_faults(destination):
        destination.write_bytes(data)
    about = {"form": "text", "characters": len(text), "sha256": hashlib.sha256(data).hexdigest()} | facts
    return FetchedText.model_validate({"path": str(destination), **about})


def beginning(path: Path) -> str:
    """What an index reads of a text."""
    with path.open("rb") as stream:
        return stream.read(INDEXED_BYTES).decode("utf-8", "replace")
