"""Papers that were read before: their text as extracted and as cleaned, by the content of their file."""

import hashlib
import shutil
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from runtime.errors import DiskFull
from tools.papers.cleaning import Cleaning
from tools.papers.paper import FetchedText
from tools.results.writing import naming_disk_faults, write_atomically

READERS = 1
"""To be raised when extraction or cleaning gives another text for the same file."""
TEXTS = ("text.txt", "cleaned.txt")
FACTS = "facts.json"
BLOCK = 1 << 20


class ReadText(BaseModel):
    """What reading and cleaning said of a paper; the two texts lie beside it."""

    model_config = ConfigDict(extra="forbid")

    fetched: FetchedText
    cleaning: Cleaning


class TextCache:
    """A folder a paper below `folder`; one is only believed when its facts, which are written last, are there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @staticmethod
    def key(file: Path) -> str:
        """The name under which a file's text is kept, by its bytes and its name's ending."""
        digest = hashlib.sha256(f"{READERS}:{file.suffix.lower()}:".encode())
        with file.open("rb") as stream:
            while block := stream.read(BLOCK):
                digest.update(block)
        return digest.hexdigest()

    def find(self, key: str, place: Path) -> ReadText | None:
        """Copy both texts into `place`; None when there is nothing that can be read. Raises `DiskFull`."""
        kept = self._folder / key
        try:
            known = ReadText.model_validate_json((kept / FACTS).read_bytes())
            sizes = [(kept / name).stat().st_size for name in TEXTS]
        except (OSError, ValidationError):
            return None
        if not all(sizes):
            return None
        with naming_disk_faults(place):
            for name in TEXTS:
                shutil.copyfile(kept / name, place / name)
        fetched = known.fetched.model_copy(update={"path": str(place / TEXTS[0])})
        return known.model_copy(update={"fetched": fetched})

    def keep(self, key: str, place: Path, read: ReadText) -> None:
        """Keep what lies in `place`. Raises `DiskFull`, for whatever reason the folder can't be written."""
        kept = self._folder / key
        try:
            kept.mkdir(parents=True, exist_ok=True)
            for name in TEXTS:
                part = kept / f"{name}.{place.parent.name}.part"
                shutil.copyfile(place / name, part)
                part.replace(kept / name)
            write_atomically(kept / FACTS, read.model_dump_json().encode())
        except OSError as error:
            raise DiskFull(f"Can't write {kept}: {error.strerror}; name another folder in ARXLA_PAPERS_DIR.") from error
