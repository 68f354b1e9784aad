"""Summaries and briefs that were paid for once, by the content they were made from and who made them."""

import hashlib
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from runtime.errors import DiskFull
from tools.results.writing import json_bytes, write_atomically

Kept = TypeVar("Kept", bound=BaseModel)


class SummaryCache:
    """One JSON file an answer, in `folder`; safe under parallel writers, because files are replaced as a whole."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @staticmethod
    def key(version: str, *content: str) -> str:
        """The name under which an answer of that version to that content is kept."""
        digest = hashlib.sha256()
        for part in (version, *content):
            data = part.encode("utf-8", "replace")
            digest.update(f"{len(data)}:".encode() + data)
        return digest.hexdigest()

    def find(self, key: str, kind: type[Kept]) -> Kept | None:
        """The answer, or None when there is none; what can't be read is none."""
        try:
            return kind.model_validate_json(self._path(key).read_bytes())
        except (OSError, ValidationError):
            return None

    def keep(self, key: str, answer: BaseModel) -> None:
        """Raises `DiskFull`, for whatever reason the folder can't be written."""
        path = self._path(key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, json_bytes(answer))
        except (OSError, DiskFull) as error:
            fault = error.__cause__ if isinstance(error, DiskFull) else error
            reason = fault.strerror if isinstance(fault, OSError) else error
            advice = "free some space or name another folder in ARXLA_PAPERS_DIR"
            raise DiskFull(f"Can't write into {self.folder}: {reason}; {advice}.") from error

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key}.json"
