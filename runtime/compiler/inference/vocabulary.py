"""Which features are kept, and slots as rows of a sparse matrix."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

FEWEST_SLOTS = 4
FEWEST_PACKAGES = 2
MOST_FEATURES = 9000


def chosen(rows: Sequence[set[str]], packages: Sequence[str]) -> list[str]:
    """Features that were seen in several packages, the most frequent ones: what one alone has teaches nothing."""
    counts: Counter[str] = Counter()
    where: dict[str, set[str]] = defaultdict(set)
    for row, package in zip(rows, packages, strict=True):
        counts.update(row)
        for feature in row:
            if len(where[feature]) < FEWEST_PACKAGES:
                where[feature].add(package)
    fewest = min(FEWEST_PACKAGES, len(set(packages)))
    kept = [one for one, n in counts.items() if n >= FEWEST_SLOTS and len(where[one]) >= fewest]
    return sorted(sorted(kept, key=lambda one: (-counts[one], one))[:MOST_FEATURES])


def matrix(rows: Iterable[set[str]], columns: dict[str, int]) -> Any:
    """A CSR matrix of ones, a row a slot."""
    from scipy.sparse import csr_matrix

    indices: list[int] = []
    ends = [0]
    for row in rows:
        indices.extend(sorted(columns[feature] for feature in row if feature in columns))
        ends.append(len(indices))
    shape = (len(ends) - 1, len(columns))
    return csr_matrix(
        (np.ones(len(indices), dtype=np.float32), np.array(indices, dtype=np.int32), np.array(ends)), shape
    )
