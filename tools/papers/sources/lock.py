"""One writer at a time, over processes and threads; the kernel gives the lock back when its holder dies."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runtime.errors import SourceUnavailable
from tools.results.writing import naming_disk_faults

PAUSE_S = 0.02


@contextmanager
def hold_lock(path: Path, patience_s: float) -> Iterator[None]:
    """Hold the exclusive `flock(2)` on `path`. Raises `SourceUnavailable` when others keep it for `patience_s`."""
    with naming_disk_faults(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        until = time.monotonic() + patience_s
        while not _taken(handle):
            if time.monotonic() > until:
                raise SourceUnavailable(
                    f"Another process has been writing to {path.parent} for {patience_s:.0f} s; wait for it to end."
                )
            time.sleep(PAUSE_S)
        try:
            yield
        finally:
            fcntl.flock(handle, fcntl.LOCK_UN)
    finally:
        os.close(handle)


def _taken(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
