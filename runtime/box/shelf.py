"""A folder bound into a warm process, where inputs of later jobs are placed."""

import hashlib
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from runtime.box.temporary import HeldFolder


class Shelf:
    """Host folder `folder`, bound read-only. Files are hard-linked where that works and copied where not."""

    def __init__(self) -> None:
        self._held = HeldFolder("shelf")
        self.folder = self._held.path

    def __enter__(self) -> "Shelf":
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._held.remove()

    def place(self, inputs: Mapping[str, Path], inside: str) -> dict[str, str]:
        """Names to paths inside, where the shelf is seen as `inside`.

        The same unchanged host path is placed once, however many jobs name it.
        """
        return {name: f"{inside}/{self._placed(path)}" for name, path in inputs.items()}

    def _placed(self, path: Path) -> str:
        found = path.stat()
        facts = f"{path}|{found.st_dev}|{found.st_ino}|{found.st_mtime_ns}|{found.st_size}"
        name = f"{hashlib.sha256(facts.encode()).hexdigest()[:16]}/{path.name}"
        target = self.folder / name
        if not target.exists():
            target.parent.mkdir(exist_ok=True)
            if path.is_dir():
                shutil.copytree(path, target, copy_function=_link, symlinks=True)
            else:
                _link(path, target)
        return name


def _link(source: str | Path, target: str | Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy(source, target)
