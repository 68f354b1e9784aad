"""Compiled code on disk: a folder an entry, named after all that it depends on, shared safely between processes.

Loading a shared library runs it, so entries are only read from a folder that belongs to this user and that nobody else
may write to. An entry is built beside its place and renamed into it; one that doesn't match its list of digests is
built anew.
"""

import hashlib
import json
import os
import platform
import shutil
import stat
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from runtime.errors import InputError

MANIFEST = "digests.json"
ABANDONED_S = 3600.0


def processor() -> str:
    """The model and features of the processor: machine code made for one may not run on another."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    told = sorted({line for line in lines if line.startswith(("model name", "flags", "Features", "CPU part"))})
    return f"{platform.machine()} {hashlib.sha256(''.join(told).encode()).hexdigest()[:16]}"


def key_of(*parts: str) -> str:
    """The name of an entry: of source, types and compiler, and of this Python and machine."""
    whole = [*parts, sys.version, str(sysconfig.get_config_var("SOABI")), processor()]
    return hashlib.sha256("\0".join(whole).encode()).hexdigest()[:32]


class Cache:
    """Entries under one folder, 0700."""

    def __init__(self, folder: Path) -> None:
        """Raises `InputError` when the folder belongs to someone else or others may write to it."""
        self.folder = folder.expanduser().absolute()
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            seen = self.folder.stat()
        except OSError as fault:
            raise InputError(f"The cache of compiled code {folder} can't be made: {fault.strerror}.") from fault
        if seen.st_uid != os.getuid() or stat.S_IMODE(seen.st_mode) & 0o077:
            raise InputError(f"The cache of compiled code {folder} must be yours alone: chmod 700 it, or name another.")

    def get(self, key: str) -> Path | None:
        """The entry's folder when it is whole; a damaged one is removed."""
        entry = self.folder / key
        if not entry.exists():
            return None
        if self._whole(entry):
            return entry
        shutil.rmtree(entry, ignore_errors=True)
        return None

    def _whole(self, entry: Path) -> bool:
        seen = entry.lstat()
        if not stat.S_ISDIR(seen.st_mode) or seen.st_uid != os.getuid() or stat.S_IMODE(seen.st_mode) & 0o022:
            return False
        try:
            digests = json.loads((entry / MANIFEST).read_text())
            return bool(digests) and digests == _digests(entry)
        except (OSError, ValueError):
            return False

    def build(self, key: str, make: Callable[[Path], None]) -> Path:
        """Have `make` fill a fresh folder, and put it in the entry's place; whoever is first wins."""
        self._sweep()
        building = Path(tempfile.mkdtemp(prefix=f".{key}-", dir=self.folder))
        entry = self.folder / key
        try:
            make(building)
            (building / MANIFEST).write_text(json.dumps(_digests(building)))
            try:
                building.rename(entry)
            except OSError:  # another process was first
                if self.get(key) is None:
                    building.rename(entry)
        finally:
            shutil.rmtree(building, ignore_errors=True)
        return entry

    def _sweep(self) -> None:
        """Remove what a process that died left half built."""
        now = time.time()
        for entry in self.folder.glob(".*-*"):
            if now - entry.stat().st_mtime > ABANDONED_S:
                shutil.rmtree(entry, ignore_errors=True)


def _digests(entry: Path) -> dict[str, str]:
    files = [path for path in sorted(entry.rglob("*")) if path.is_file() and path.name != MANIFEST]
    return {str(path.relative_to(entry)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
