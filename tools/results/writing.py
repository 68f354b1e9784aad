"""Writing that either happens whole or leaves what was there, and says in one sentence why it could not."""

import errno
import json
import math
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from runtime.errors import DiskFull

DISK_FAULTS = {
    errno.ENOSPC: "no space is left on the disk; free some space and run `arxla resume`",
    errno.EDQUOT: "your disk quota is used up; free some space and run `arxla resume`",
    errno.EROFS: "the file system is read-only; choose another folder with --out",
    errno.EACCES: "permission is denied; choose another folder with --out or change its permissions",
    errno.EPERM: "the operation is not permitted; choose another folder with --out",
    errno.EIO: "the disk reports an input/output error; choose another disk with --out",
}


@contextmanager
def naming_disk_faults(path: Path) -> Iterator[None]:
    """Turn an `OSError` that the disk is to blame for into `DiskFull`; any other goes through unchanged."""
    try:
        yield
    except OSError as error:
        advice = DISK_FAULTS.get(error.errno or 0)
        if advice is None:
            raise
        raise DiskFull(f"Can't write {path}: {advice}.") from error


def write_atomically(path: Path, data: bytes) -> None:
    """Replace `path` by `data` so that a reader, or a crash at any moment, sees the old bytes or the new ones.

    A temporary file beside it is written, synced to the disk and renamed over it. Raises `DiskFull`.
    """
    with naming_disk_faults(path):
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
        part = Path(name)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            part.chmod(0o644)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


def write_new(folder: Path, stem: str, suffix: str, data: bytes) -> Path:
    """Write `folder/stem+suffix`, or `stem-2`, `stem-3` … when that name is taken, never over an existing file."""
    with naming_disk_faults(folder):
        for attempt in range(1, 10_000):
            path = folder / (f"{stem}{suffix}" if attempt == 1 else f"{stem}-{attempt}{suffix}")
            try:
                with path.open("xb") as stream:
                    stream.write(data)
            except FileExistsError:
                continue
            return path
    raise DiskFull(f"{folder} already holds thousands of files named {stem}; remove some of them.")


def json_bytes(data: BaseModel | Any, indent: int | None = 1) -> bytes:
    """A pydantic model or plain data as strict JSON in UTF-8 with a newline; NaN and infinities become null."""
    plain = data.model_dump(mode="json") if isinstance(data, BaseModel) else data
    return (json.dumps(_finite(plain), indent=indent, ensure_ascii=False) + "\n").encode("utf-8", "replace")


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value
