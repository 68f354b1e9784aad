"""Files that a killed process leaves whole: the old content or the new one, never a half."""

import errno
import os
import tempfile
from pathlib import Path

from runtime.errors import DiskFull

_UNWRITABLE = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM}


def write_text(path: Path, text: str) -> None:
    """Replace `path` by `text` in one step, flushed to the disk first; folders are made as needed.

    Raises `DiskFull` when the place can't be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(path)
        except OSError:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        if error.errno in _UNWRITABLE:
            raise DiskFull(f"Can't write {path}: {error.strerror}; free some space or name another folder.") from error
        raise
