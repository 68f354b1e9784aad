"""Files of jobs on their way to nodes that share no disk: each content travels to a node once, known by its SHA-256."""

import hashlib
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel

from runtime.box.temporary import HeldFolder
from runtime.errors import SandboxFailure

PART_BYTES = 32 << 20
MOST_STORED_BYTES = 8 << 30
LEAST_KEPT_S = 3600.0
"""A job that is about to start still needs what was placed for it."""


class ShippedFile(BaseModel):
    """One file of an input; `path` is relative, and a plain name where the input is that file."""

    path: str
    sha256: str


class ShippedInput(BaseModel):
    """An input of a job. Of a folder its plain files are shipped, not its links."""

    name: str
    is_folder: bool
    files: list[ShippedFile]

    @property
    def key(self) -> str:
        """The same for the same content under the same names."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:32]


class Digests:
    """Hashes files, a file that has not changed since only once. Safe for several threads."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, int, int, int, int], str] = {}

    def describe(self, path: Path) -> tuple[ShippedInput, dict[str, Path]]:
        """An input, and where each content of it is. Raises `SandboxFailure` for a path that is not there."""
        try:
            path = path.resolve(strict=True)
            is_folder = path.is_dir()
            found = sorted(files_below(path)) if is_folder else [path]
            places = {self._sha256(file): file for file in found}
            base = path if is_folder else path.parent
            files = [ShippedFile(path=file.relative_to(base).as_posix(), sha256=self._sha256(file)) for file in found]
        except OSError as error:
            raise SandboxFailure(f"A job's input is missing: {error.filename}.") from error
        return ShippedInput(name=path.name, is_folder=is_folder, files=files), places

    def _sha256(self, path: Path) -> str:
        found = path.stat()
        facts = (str(path), found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size)
        if facts not in self._known:
            with path.open("rb") as file:
                self._known[facts] = hashlib.file_digest(file, "sha256").hexdigest()
        return self._known[facts]


def files_below(folder: Path) -> Iterator[Path]:
    """The plain files in a folder and its folders; links are left out."""
    for root, _folders, names in os.walk(folder):
        for name in names:
            path = Path(root) / name
            if path.is_file() and not path.is_symlink():
                yield path


def parts_of(path: Path) -> Iterator[bytes]:
    """The content of a file, at least one part."""
    with path.open("rb") as file:
        part = file.read(PART_BYTES)
        while True:
            yield part
            part = file.read(PART_BYTES)
            if not part:
                return


class ContentStore:
    """On a node: contents by their hash, and inputs made of them by hard links. One thread at a time."""

    def __init__(self, most_bytes: int = MOST_STORED_BYTES) -> None:
        self._held = HeldFolder("ray-store")
        self._objects, self._inputs = self._held.path / "objects", self._held.path / "inputs"
        self._objects.mkdir()
        self._inputs.mkdir()
        self._most_bytes = most_bytes
        self._used: dict[str, float] = {}

    def lacks(self, hashes: list[str]) -> list[str]:
        """Those contents that are not here; all of them are kept for the job that asks."""
        self._make_room(set(hashes))
        self._used |= dict.fromkeys(hashes, time.monotonic())
        return [sha for sha in hashes if not (self._objects / sha).exists()]

    def add(self, sha256: str, part: bytes, first: bool, last: bool) -> None:
        """The next part of a content. Raises `SandboxFailure` when it arrived damaged."""
        arriving = self._objects / f"{sha256}.part"
        with arriving.open("wb" if first else "ab") as file:
            file.write(part)
        if not last:
            return
        with arriving.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != sha256:
            arriving.unlink()
            raise SandboxFailure("A job's input changed while it was sent to another machine.")
        arriving.rename(self._objects / sha256)

    def place(self, shipped: ShippedInput) -> Path:
        """Where an input is here, under the name that it has there."""
        home = self._inputs / shipped.key
        target = home / shipped.name
        if not target.exists():
            making = HeldFolder("ray-input")
            try:
                built = making.path / shipped.name
                for file in shipped.files:
                    place = built / file.path if shipped.is_folder else built
                    place.parent.mkdir(parents=True, exist_ok=True)
                    _link(self._objects / file.sha256, place)
                built.mkdir(exist_ok=True) if shipped.is_folder else None
                home.mkdir(exist_ok=True)
                built.rename(target)
            finally:
                making.remove()
        return target

    def close(self) -> None:
        """Delete everything."""
        self._held.remove()

    def _make_room(self, needed: set[str]) -> None:
        """Beyond the bound, delete what no job asked for in the last hour."""
        objects = list(self._objects.iterdir())
        if sum(path.stat().st_size for path in objects) <= self._most_bytes:
            return
        oldest = time.monotonic() - LEAST_KEPT_S
        shutil.rmtree(self._inputs)
        self._inputs.mkdir()
        for path in objects:
            if path.name not in needed and self._used.get(path.name, 0.0) < oldest:
                path.unlink()


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy(source, target)
