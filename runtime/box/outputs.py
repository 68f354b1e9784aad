"""Takes files out of a scratch folder that hostile code wrote: regular files only, by bytes, never through a link."""

import contextlib
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from runtime.errors import ArxlaError

_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
DEEPEST = 16
MOST_FILES = 10_000


class OutputRefused(ArxlaError):
    """What a job left under this name is missing or is not a plain file of an acceptable size."""


def collect(scratch: int, destination: Path, max_bytes: int) -> list[str]:
    """Copy the regular files below the folder `scratch` (a file descriptor) into `destination`.

    Returns what was left behind and why, as sentences. `max_bytes` bounds the sum of the sizes, holes counted.
    """
    left_out: list[str] = []
    room, count = max_bytes, 0
    destination.mkdir(parents=True, exist_ok=True)
    for folder, path, name in _walk(scratch, left_out):
        count += 1
        if count > MOST_FILES:
            left_out.append(f"more than {MOST_FILES} files")
            break
        try:
            fd = os.open(name, _FILE, dir_fd=folder)
        except OSError as error:
            left_out.append(f"{path}: {error.strerror}")
            continue
        with os.fdopen(fd, "rb") as source:
            try:
                room -= _check_plain(fd, str(path), room)
            except OutputRefused as refused:
                left_out.append(str(refused))
                continue
            _write(source, destination / path)
    return left_out


def empty(scratch: int) -> None:
    """Delete everything below the folder `scratch` (a file descriptor), following no link."""
    with os.scandir(scratch) as entries:
        found = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
    for name, is_folder in found:
        if is_folder:
            shutil.rmtree(name, ignore_errors=True, dir_fd=scratch)
        else:
            with contextlib.suppress(OSError):
                os.unlink(name, dir_fd=scratch)


def _walk(scratch: int, left_out: list[str]) -> Iterator[tuple[int, Path, str]]:
    """(folder descriptor, path below scratch, name) of everything that may be a plain file."""
    for root, folders, files, fd in os.fwalk(".", dir_fd=scratch, follow_symlinks=False):
        below = Path(root)
        if len(below.parts) >= DEEPEST:
            left_out.append(f"folders deeper than {DEEPEST}")
            folders.clear()
        for name in files:
            if name.isprintable():
                yield fd, below / name, name
            else:
                left_out.append(f"{name!a}: not a printable name")
        folders[:] = [name for name in folders if name.isprintable()]


def _check_plain(fd: int, name: str, max_bytes: int) -> int:
    """The size of the file; raises `OutputRefused`."""
    found = os.fstat(fd)
    if not stat.S_ISREG(found.st_mode):
        raise OutputRefused(f"{name}: not a regular file.")
    if found.st_nlink > 1:
        raise OutputRefused(f"{name}: has a second hard link.")
    if found.st_size > max_bytes:
        raise OutputRefused(f"{name}: {found.st_size} bytes are more than the {max_bytes} allowed.")
    return found.st_size


def _write(source: BinaryIO, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    fd = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(fd, "wb") as copy:
        shutil.copyfileobj(source, copy)
