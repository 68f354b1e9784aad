"""One worker a run: a lease that the kernel gives back when its holder dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runtime.errors import InputError
from tools.results.writing import naming_disk_faults


@contextmanager
def hold_lease(path: Path, run_id: str) -> Iterator[None]:
    """Hold the exclusive `flock(2)` on `path`, which then names this process.

    Raises `InputError`, naming the process that holds it, when another worker (or thread) is at this run already.
    """
    with naming_disk_faults(path):
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(handle, 32, 0).decode("ascii", "replace").strip() or "unknown"
            raise InputError(
                f"Run {run_id} is already being worked on by process {holder}; wait for it to end, or stop it first."
            ) from error
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
