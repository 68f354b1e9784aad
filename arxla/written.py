"""A file that a command will write: whether it can, asked before the work begins."""

import tempfile
from pathlib import Path

from runtime.errors import InputError


def writable(out: Path) -> Path:
    """Where it will be written, its folder made; a link is followed. Raises `InputError`."""
    try:
        out = out.resolve()
        out.parent.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=out.parent).close()
    except (OSError, RuntimeError) as fault:
        raise InputError(f"{out} can't be written: {fault}.") from fault
    if out.is_dir():
        raise InputError(f"{out} is a folder: name a file after --out.")
    return out
