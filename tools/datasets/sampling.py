"""A row limit: a seeded sample that keeps the shares of the classes."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.datasets.raw import TEST, Rows

MAX_STRATA = 1000


def limit_rows(target: NDArray[Any], given: NDArray[np.int8] | None, limit: int | None, seed: int) -> Rows:
    """Row numbers, ascending, of at most `limit` rows; a given test part is kept whole beside them."""
    rows = np.arange(len(target))
    if limit is None:
        return rows
    if given is None:
        return sample(target, limit, seed)
    pool = rows[given != TEST]
    return np.sort(np.concatenate([pool[sample(target[pool], limit, seed)], rows[given == TEST]]))


def sample(target: NDArray[Any], limit: int, seed: int) -> Rows:
    """`limit` rows whose class shares are those of all rows (plain random when the values are too many to be classes).

    Every class keeps a row while there is room; the remainder goes to the classes with the largest fractions.
    """
    rows = np.arange(len(target))
    if len(target) <= limit:
        return rows
    rng = np.random.default_rng(seed)
    texts = target.astype(str) if target.dtype.kind == "O" else target
    _, codes, counts = np.unique(texts, return_inverse=True, return_counts=True)
    if len(counts) > min(MAX_STRATA, limit):
        return np.sort(rng.choice(rows, size=limit, replace=False))
    exact = counts * (limit / len(target))
    wanted = np.minimum(np.maximum(np.floor(exact).astype(np.int64), 1), counts)
    for code in np.argsort(np.floor(exact) - exact, kind="stable"):
        if wanted.sum() < limit and wanted[code] < counts[code]:
            wanted[code] += 1
    while wanted.sum() > limit:
        wanted[wanted.argmax()] -= 1
    shuffled = rng.permutation(rows)
    chosen = [shuffled[codes[shuffled] == code][:want] for code, want in enumerate(wanted)]
    return np.sort(np.concatenate(chosen))


def limit_warning(used: int, rows: int) -> list[str]:
    """Says that a row limit left rows out."""
    return [f"Row limit: a sample of {used} of {rows} rows is used."] if used < rows else []
