"""Splits that keep every entity (patient, user, record) in one part."""

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.datasets.raw import TRAIN

FOLDS = 7
"""One fold of seven is the share closest to 15 %."""


def merge_copies(groups: NDArray[Any], copies: NDArray[Any], parts: int) -> tuple[NDArray[np.int64] | None, list[str]]:
    """Group numbers in which groups that share exact copies of a row are one, with the warnings.

    None when there are fewer groups than parts. Merging is left out when it would leave fewer than that.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    _, group = np.unique(groups, return_inverse=True)
    _, copy = np.unique(copies, return_inverse=True)
    count = int(group.max()) + 1
    if count < parts:
        return None, [f"Not split by group: there are {count} group(s) and {parts} parts."]
    size = count + int(copy.max()) + 1
    links = coo_matrix((np.ones(len(group)), (group, count + copy)), shape=(size, size))
    _, component = connected_components(links, directed=False)
    merged = component[group]
    merged_count = len(np.unique(merged))
    if merged_count < parts:
        return group.astype(np.int64), []
    note = [f"Merged groups: {count - merged_count} group(s) share copies of rows with another."]
    return merged.astype(np.int64), note if merged_count < count else []


def by_group(
    groups: NDArray[np.int64], strata: NDArray[np.int64], wanted: Sequence[int], seed: int
) -> NDArray[np.int8]:
    """Deal whole groups into folds with like class shares; the folds closest to 15 % become the wanted parts."""
    from sklearn.model_selection import StratifiedGroupKFold

    count = min(FOLDS, len(np.unique(groups)))
    folds = StratifiedGroupKFold(n_splits=count, shuffle=True, random_state=seed)
    parts = np.full(len(groups), TRAIN, dtype=np.int8)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a class with fewer rows than folds is no fault here
        dealt = [held for _, held in folds.split(np.zeros(len(groups)), strata, groups) if len(held)]
    dealt.sort(key=lambda held: abs(len(held) / len(groups) - 1 / FOLDS))
    for part, held in zip(wanted, dealt, strict=False):
        parts[held] = part
    return parts
