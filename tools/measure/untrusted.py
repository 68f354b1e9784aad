"""Reads files that generated code may have written: no pickle, no symlink, no more bytes than were allowed."""

import ast
import os
import stat
from pathlib import Path
from typing import Any

import numpy
from numpy.typing import NDArray

_MAGIC = b"\x93NUMPY"
_HEADER_LIMIT = 4096
MAX_BYTES = 256 * 2**20


class UntrustedFileError(Exception):
    """A file that a boxed job left is missing, malformed or too large; the message is one sentence."""


def read_bytes(path: Path, max_bytes: int = MAX_BYTES) -> bytes:
    """The content of a regular file of at most `max_bytes`; raises `UntrustedFileError`."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise UntrustedFileError(f"the job left no readable {path.name}: {error.strerror}") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise UntrustedFileError(f"{path.name} is not a regular file")
    with os.fdopen(descriptor, "rb") as file:
        content = file.read(max_bytes + 1)
    if len(content) > max_bytes:
        raise UntrustedFileError(f"{path.name} is larger than the {max_bytes} bytes that were allowed")
    return content


def read_array(path: Path, max_bytes: int = MAX_BYTES) -> NDArray[numpy.float32]:
    """A finite float array from an .npy file; raises `UntrustedFileError` for anything else.

    The header is read as a literal, so no constructor of NumPy's runs on it and no shape can allocate memory that the
    file does not fill.
    """
    content = read_bytes(path, max_bytes)
    dtype, shape, offset = _header(path.name, content)
    count = 1
    for size in shape:
        count *= size
    if count * dtype.itemsize != len(content) - offset:
        raise UntrustedFileError(f"{path.name} says shape {shape}, and its {len(content)} bytes don't fit that")
    values = numpy.frombuffer(content, dtype=dtype, offset=offset).reshape(shape).astype(numpy.float32)
    if not numpy.isfinite(values).all():
        share = 1 - float(numpy.isfinite(values).mean())
        raise UntrustedFileError(f"the predictions hold NaN or infinite values ({share:.1%}): the training diverged")
    return values


def _header(name: str, content: bytes) -> tuple[numpy.dtype[Any], tuple[int, ...], int]:
    """(dtype, shape, offset of the values) of the .npy format, versions 1 and 2."""
    wide = content[6:7] == b"\x02"
    start = 12 if wide else 10
    length = int.from_bytes(content[8:start], "little")
    if content[:6] != _MAGIC or content[6:7] not in (b"\x01", b"\x02") or length > _HEADER_LIMIT:
        raise UntrustedFileError(f"{name} is not a NumPy array file")
    try:
        fields = ast.literal_eval(content[start : start + length].decode("latin1").strip())
        kind, order, shape = fields["descr"], fields["fortran_order"], fields["shape"]
    except (ValueError, SyntaxError, TypeError, KeyError, MemoryError, RecursionError) as error:
        raise UntrustedFileError(f"the header of {name} can't be read") from error
    if kind not in ("<f4", "<f8") or order is not False:
        raise UntrustedFileError(f"{name} must hold little-endian float values in C order, not {str(kind)[:40]!r}")
    if type(shape) is not tuple or len(shape) > 8 or not all(type(size) is int and size >= 0 for size in shape):
        raise UntrustedFileError(f"the shape of {name} is no tuple of sizes")
    return numpy.dtype(kind), shape, start + length
