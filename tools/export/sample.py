"""A few validation rows, so that an exported project can be tried at once."""

from pathlib import Path
from typing import Any

import numpy
from numpy.typing import NDArray

from runtime.data_profile import PreparedData

ROWS = 256
MOST_BYTES = 512 * 1024
"""Of the uncompressed X; at least `FEWEST` rows are kept."""
FEWEST = 16


def write_sample(data: PreparedData, path: Path) -> int:
    """Write normalised validation rows with their labels to an NPZ file; returns how many, every class in turn."""
    folder = Path(data.folder)
    X = numpy.load(folder / "X_val.npy", mmap_mode="r", allow_pickle=False)
    y = numpy.load(folder / "y_val.npy", mmap_mode="r", allow_pickle=False)
    fit = max(FEWEST, MOST_BYTES // max(1, X[:1].nbytes))
    chosen = _every_class_in_turn(numpy.asarray(y))[: min(ROWS, fit)]
    numpy.savez_compressed(path, X=X[chosen], y=y[chosen], normalized=numpy.array(True))
    return len(chosen)


def _every_class_in_turn(y: NDArray[Any]) -> NDArray[numpy.intp]:
    """Row numbers ordered so that any beginning holds the classes as evenly as can be."""
    if y.ndim != 1 or y.dtype.kind not in "iu":
        return numpy.arange(len(y))
    turn = numpy.zeros(len(y), dtype=numpy.intp)
    for label in numpy.unique(y):
        members = numpy.flatnonzero(y == label)
        turn[members] = numpy.arange(len(members))
    return numpy.argsort(turn, kind="stable")
