"""One worker a run: a lease that the kernel gives back when its holder dies."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runtime.errors import InputError
from tools.results.writing import naming_disk_faults

ATTEMPTS = 4
WAIT_S = 0.05


@contextmanager
def hold_lease(path: Path, run_id: str) -> Iterator[None]:
    """Hold the exclusive `flock(2)` on `path`, which then names this process.

    Raises `InputError`, naming the process that holds it, when another worker (or thread) is at this run already.
    """
    with naming_disk_faults(path):
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        if not _locked(handle):
            holder = os.pread(handle, 32, 0).decode("ascii", "replace").strip() or "unknown"
            raise InputError(
                f"Run {run_id} is already being worked on by process {holder}; wait for it to end, or stop it first."
            )
        with naming_disk_faults(path):
            os.ftruncate(handle, 0)
            os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        try:
            yield
        finally:
            # Unlocked by name, since a forked child may still hold a copy of the descriptor.
            fcntl.flock(handle, fcntl.LOCK_UN)
    finally:
        os.close(handle)


def _locked(handle: int) -> bool:
    """Take the lock; tried for a moment, since `lease_holder` holds it while it looks."""
    for attempt in range(ATTEMPTS):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(WAIT_S if attempt + 1 < ATTEMPTS else 0)
        else:
            return True
    return False


def lease_holder(path: Path) -> int | None:
    """The process that works on a run now; None when nobody does."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        text = os.pread(handle, 32, 0).decode("ascii", "replace").strip()
        return int(text) if text.isdecimal() else 0
    finally:
        os.close(handle)
    return None
