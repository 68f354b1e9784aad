"""NumPy archives: `X` and `y` (or another usual pair of names), whole or already divided. Nothing is ever unpickled."""

import math
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from runtime.errors import InputError
from tools.datasets.layout import lay_out
from tools.datasets.raw import MAX_BYTES, TEST, TRAIN, VAL, LoadRequest, RawDataset, Rows, check_size, reason
from tools.datasets.sampling import sample

PAIRS = [
    (inputs, labels)
    for inputs in ("x", "data", "features", "inputs", "images", "signals")
    for labels in ("y", "labels", "label", "target", "targets")
]
PARTS = {TRAIN: ("train", "training"), VAL: ("val", "valid", "validation", "dev"), TEST: ("test", "testing")}
_BROKEN = (zipfile.BadZipFile, zlib.error, ValueError, EOFError, OSError, KeyError, NotImplementedError)


@dataclass
class NpzArchive:
    """The arrays of one archive by lower-case name, read only when asked for."""

    path: Path
    members: dict[str, str]

    def header(self, name: str) -> tuple[tuple[int, ...], np.dtype[Any]]:
        """Shape and dtype, without reading the values; refuses arrays of Python objects."""
        with self._open(name) as file:
            shape, _, dtype = _read_header(file)
        if dtype.hasobject:
            raise InputError(
                f"The array {name!r} of {self.path} holds Python objects, which are not unpickled; save numbers."
            )
        return shape, dtype

    def read(self, name: str, rows: Rows | None = None) -> NDArray[Any]:
        """The whole array, or only these rows (ascending), streamed so that the rest is never held."""
        shape, dtype = self.header(name)
        if rows is None and dtype.itemsize * math.prod(shape) > 4 * MAX_BYTES:
            raise InputError(f"The array {name!r} of {self.path} is too large to hold; ask for fewer rows (max_rows).")
        try:
            with self._open(name) as file:
                if rows is None:
                    return np.asarray(np.lib.format.read_array(file, allow_pickle=False))
                return self._read_rows(name, file, rows)
        except _BROKEN as error:
            raise InputError(f"The array {name!r} of {self.path} can't be read ({reason(error)}).") from error

    def _read_rows(self, name: str, file: IO[bytes], rows: Rows) -> NDArray[Any]:
        shape, fortran, dtype = _read_header(file)
        if fortran:
            raise InputError(f"The array {name!r} of {self.path} is too large and in column order; save it in C order.")
        row_bytes = dtype.itemsize * math.prod(shape[1:])
        chosen = np.empty((len(rows), *shape[1:]), dtype=dtype)
        chunk = max(1, (16 << 20) // max(row_bytes, 1))
        for start in range(0, shape[0], chunk):
            count = min(chunk, shape[0] - start)
            block = np.frombuffer(_read_exactly(file, count * row_bytes), dtype=dtype).reshape(count, *shape[1:])
            here = slice(*np.searchsorted(rows, (start, start + count)))
            chosen[here] = block[rows[here] - start]
        return chosen

    def _open(self, name: str) -> IO[bytes]:
        try:
            return zipfile.ZipFile(self.path).open(self.members[name])
        except _BROKEN as error:
            raise InputError(f"{self.path} can't be read as an NPZ archive ({reason(error)}).") from error


def load_npz(request: LoadRequest) -> RawDataset:
    """The pair of arrays, in parts or whole, and what else the archive may hold.

    Optional are `groups`, `time` (for whole arrays), `vocabulary_size`, `class_names` and `feature_names`.
    """
    archive = open_archive(request.existing_path())
    labels, parts = find_arrays(archive, request.target_column)
    blocks = [_read_part(archive, x, y, part, request) for part, (x, y) in sorted(parts.items())]
    shapes = {block[0].shape[1:] for block in blocks}
    if len(shapes) > 1:
        raise InputError(f"The parts of {archive.path} have samples of different shapes: {sorted(shapes)}.")
    X = np.concatenate([block[0] for block in blocks]) if len(blocks) > 1 else blocks[0][0]
    target = np.concatenate([block[1] for block in blocks]) if len(blocks) > 1 else blocks[0][1]
    vocabulary = _scalar(archive, "vocabulary_size")
    laid_out = lay_out(X, hint=request.hint, vocabulary_size=vocabulary, names=_texts(archive, "feature_names"))
    rows = blocks[0][2] if len(blocks) == 1 else None
    return RawDataset(
        laid_out.features,
        target,
        "numpy_array",
        target_name=labels,
        class_names=_texts(archive, "class_names"),
        given=np.concatenate([np.full(len(b[1]), p, np.int8) for p, b in zip(sorted(parts), blocks, strict=True)])
        if len(blocks) > 1
        else None,
        groups=_row_values(archive, "groups", rows, len(target)) if len(blocks) == 1 else None,
        time=_row_values(archive, "time", rows, len(target)) if len(blocks) == 1 else None,
        warnings=laid_out.notes,
    )


def open_archive(path: Path) -> NpzArchive:
    """Read the list of arrays; `InputError` when the file is no archive or holds none."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if name.endswith(".npy")]
    except _BROKEN as error:
        size = path.stat().st_size if path.is_file() else 0
        why = "it is empty" if size == 0 else reason(error)
        raise InputError(f"{path} can't be read as an NPZ archive ({why}).") from error
    if not names:
        raise InputError(f"{path} holds no arrays; save X and y in it.")
    return NpzArchive(path, {name[:-4].lower(): name for name in names})


def find_arrays(archive: NpzArchive, target: str | None) -> tuple[str, dict[int, tuple[str, str]]]:
    """The name of the labels, and the arrays of each part; a single pair counts as TRAIN."""
    names = set(archive.members)
    asked = target.lower() if target else None
    pairs = [pair for pair in PAIRS if asked is None or pair[1] == asked]
    if asked and not pairs:
        pairs = [(inputs, asked) for inputs in dict.fromkeys(pair[0] for pair in PAIRS)]
    for inputs, labels in pairs:
        parts = {}
        for part, words in PARTS.items():
            for word in words:
                for x, y in ((f"{inputs}_{word}", f"{labels}_{word}"), (f"{word}_{inputs}", f"{word}_{labels}")):
                    if x in names and y in names:
                        parts[part] = (x, y)
        if TRAIN in parts:
            return labels, parts
        if inputs in names and labels in names:
            return labels, {TRAIN: (inputs, labels)}
    held = ", ".join(sorted(archive.members.values())).replace(".npy", "")
    wanted = f"labels named {target!r}" if target else "a pair such as X and y, or X_train and y_train"
    raise InputError(f"{archive.path} holds {held}, but not {wanted}.")


def _read_part(
    archive: NpzArchive, x: str, y: str, part: int, request: LoadRequest
) -> tuple[NDArray[Any], NDArray[Any], Rows | None]:
    """Inputs, labels and, when only a sample was read, the row numbers of one part."""
    shape, _ = archive.header(x)
    target = archive.read(y)
    if not shape or target.ndim == 0 or shape[0] != len(target):
        have = shape[0] if shape else "no"
        labels = len(target) if target.ndim else "no"
        raise InputError(f"{archive.path} has {have} samples in {x} and {labels} labels in {y}; they must be as many.")
    values = math.prod(shape[1:])
    rows: Rows | None = None
    if shape[0] * values * 4 > MAX_BYTES // 4 and request.max_rows and part != TEST and target.ndim == 1:
        rows = sample(target, request.max_rows, request.seed)
        target = target[rows]
    check_size(len(target), values, str(archive.path))
    return archive.read(x, rows), target, rows


def _row_values(archive: NpzArchive, name: str, rows: Rows | None, count: int) -> NDArray[Any] | None:
    if name not in archive.members:
        return None
    values = archive.read(name)
    values = values if rows is None else values[rows]
    if values.shape != (count,):
        raise InputError(f"{archive.path} has {name} of shape {values.shape}; give one value a row, shape ({count},).")
    if (values.dtype.kind == "f" and not np.isfinite(values).all()) or (
        values.dtype.kind in "mM" and np.isnat(values).any()
    ):
        raise InputError(f"{archive.path} has missing values in {name}; give one a row.")
    return values


def _scalar(archive: NpzArchive, name: str) -> int | None:
    if name not in archive.members:
        return None
    value = archive.read(name)
    if value.size != 1 or value.dtype.kind not in "iu" or int(value.reshape(-1)[0]) < 2:
        raise InputError(f"{name} in {archive.path} must be one whole number above 1.")
    return int(value.reshape(-1)[0])


def _texts(archive: NpzArchive, name: str) -> list[str] | None:
    if name not in archive.members:
        return None
    return [str(value) for value in archive.read(name).reshape(-1)]


def _read_header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    try:
        version = np.lib.format.read_magic(file)
        if version == (1, 0):
            return np.lib.format.read_array_header_1_0(file)
        return np.lib.format.read_array_header_2_0(file)
    except _BROKEN as error:
        raise InputError(f"An array of the NPZ archive can't be read ({reason(error)}).") from error


def _read_exactly(file: IO[bytes], count: int) -> bytes:
    data = file.read(count)
    if len(data) != count:
        raise EOFError("the file ends too soon")
    return data
