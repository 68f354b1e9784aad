"""The one place where rows are divided into train, validation and test (70 / 15 / 15).

By group where the data has entities, by time where it has an order, else stratified by class (random for regression).
A given test part is respected: only validation is then taken from train. Exact copies of a row stay together.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from runtime.errors import InputError
from tools.datasets.group_split import by_group, merge_copies
from tools.datasets.raw import TEST, TRAIN, VAL, Rows

SplitKind = Literal["stratified", "random", "group", "time", "given"]
SHARE = 0.15
"""Of the rows, for validation and for test each."""
PART_NAMES = ("train", "validation", "test")


@dataclass
class Split:
    """The part (TRAIN, VAL, TEST) of every row, and how it was decided."""

    kind: SplitKind
    part: NDArray[np.int8]
    warnings: list[str] = field(default_factory=list)

    def rows(self, part: int) -> Rows:
        """Row numbers of one part, ascending."""
        return np.flatnonzero(self.part == part)


@dataclass(frozen=True)
class SplitRequest:
    """What is known of the rows; `classes` is None for regression, `copies` numbers rows so that exact copies agree."""

    copies: NDArray[Any]
    seed: int
    classes: NDArray[np.int64] | None = None
    given: NDArray[np.int8] | None = None
    groups: NDArray[Any] | None = None
    time: NDArray[Any] | None = None


def split_rows(request: SplitRequest) -> Split:
    """Divide the rows; raises `InputError` when there are too few for every part."""
    count = len(request.copies)
    given = np.zeros(count, dtype=np.int8) if request.given is None else request.given
    wanted = [part for part in (TEST, VAL) if not (given == part).any()]
    pool = np.flatnonzero(given == TRAIN)
    if len(pool) < len(wanted) + 1:
        raise InputError(f"The train part has {len(pool)} usable rows, too few to take a validation part from.")
    split = Split("given", given.copy())
    if wanted:
        kind = _divide(split, request, pool, wanted)
        split.kind = "given" if request.given is not None and TEST not in wanted else kind
    split.warnings += _copy_warnings(split.part, request.copies, given_test=TEST not in wanted)
    return split


def _divide(split: Split, request: SplitRequest, pool: Rows, wanted: Sequence[int]) -> SplitKind:
    """Fill `split.part` for the pool by the first way that the data allows, and name that way."""
    strata = np.zeros(len(pool), np.int64) if request.classes is None else request.classes[pool]
    copies = request.copies[pool]
    if request.groups is not None:
        if request.time is not None:
            split.warnings.append("Split by group: the data has a time as well, which was not used to split.")
        groups, note = merge_copies(request.groups[pool], copies, parts=len(wanted) + 1)
        if groups is not None:
            split.part[pool] = by_group(groups, strata, wanted, request.seed)
            split.warnings += note
            return "group"
        split.warnings += note
    if request.time is not None:
        parts = by_time(request.time[pool], wanted)
        if parts is not None and _learnable(strata[parts == TRAIN], request.classes):
            split.part[pool] = parts
            return "time"
        why = "too few different times" if parts is None else "the earliest rows have one class only"
        split.warnings.append(f"Not split by time: {why}; the rows were divided at random instead.")
    rng = np.random.default_rng(request.seed)
    parts = by_class(strata, copies, wanted, rng)
    if any((parts == part).sum() < 0.5 * SHARE * len(pool) for part in wanted) and len(np.unique(copies)) < len(copies):
        parts = by_class(strata, np.arange(len(pool)), wanted, rng)
        split.warnings.append(
            "Copies in several parts: so few rows differ that copies of a row could not be kept in one part; "
            "test figures may be too good."
        )
    split.part[pool] = parts
    return "random" if request.classes is None else "stratified"


def _learnable(strata: Rows, classes: NDArray[np.int64] | None) -> bool:
    return classes is None or len(np.unique(strata)) > 1


def by_class(strata: Rows, units: NDArray[Any], wanted: Sequence[int], rng: np.random.Generator) -> NDArray[np.int8]:
    """Take `SHARE` of every stratum for each wanted part; units (sets of equal rows) are never divided.

    A stratum with a unit for every part is in every part. A unit belongs to the stratum of its first row.
    """
    _, first, unit_of_row, sizes = np.unique(units, return_index=True, return_inverse=True, return_counts=True)
    part_of_unit = np.full(len(sizes), TRAIN, dtype=np.int8)
    order = rng.permutation(len(sizes))
    for stratum in np.unique(strata):
        mine = order[strata[first[order]] == stratum]
        share = SHARE * sizes[mine].sum()
        for part, left in zip(wanted, range(len(wanted), 0, -1), strict=True):
            if len(mine) <= left:
                continue
            want = max(1, round(share))
            fitting = mine[sizes[mine] <= want]
            taken = fitting[np.cumsum(sizes[fitting]) <= want]
            part_of_unit[taken] = part
            mine = mine[~np.isin(mine, taken)]
    return part_of_unit[unit_of_row]


def by_time(time: NDArray[Any], wanted: Sequence[int]) -> NDArray[np.int8] | None:
    """The last rows are the test part, those before them validation; equal times are never divided.

    None when so many times are equal that a part would stay empty.
    """
    order = np.argsort(time, kind="stable")
    sorted_time = time[order]
    parts = np.full(len(time), TRAIN, dtype=np.int8)
    end = len(time)
    for number, part in enumerate(wanted, start=1):
        start = int(np.searchsorted(sorted_time, sorted_time[round(len(time) * (1 - SHARE * number))]))
        if start >= end or start == 0:
            return None
        parts[order[start:end]] = part
        end = start
    return parts


def _copy_warnings(part: NDArray[np.int8], copies: NDArray[Any], *, given_test: bool) -> list[str]:
    """Count exact copies, and those that lie in several parts all the same."""
    _, inverse, sizes = np.unique(copies, return_inverse=True, return_counts=True)
    repeated = int((sizes - 1).sum())
    if not repeated:
        return []
    where = np.zeros((len(sizes), 3), dtype=bool)
    where[inverse, part] = True
    leaked = int((where[inverse, TRAIN] & (part == TEST)).sum())
    straddling = int((where.sum(axis=1) > 1).sum())
    warnings = [f"Duplicate rows: {repeated} row(s) are exact copies of another row's inputs."]
    if not straddling:
        warnings[0] = warnings[0][:-1] + "; copies were kept in one part."
    if leaked:
        owner = "the given test part" if given_test else "the test part"
        warnings.append(f"Leak: {leaked} row(s) of {owner} are also in the train part; test figures may be too good.")
    elif straddling:
        warnings.append(f"Leak: {straddling} row(s) have copies in more than one part.")
    return warnings


def absent_class_warnings(split: Split, classes: Rows, names: Sequence[str]) -> list[str]:
    """Name the classes that a part lacks; raises `InputError` when train has fewer than two."""
    warnings = []
    for part in (TRAIN, VAL, TEST):
        present = np.unique(classes[split.rows(part)])
        if part == TRAIN and len(present) < 2:
            raise InputError(
                f"Only the class {names[present[0]]!r} is in the train part after a {split.kind} split; give more data."
            )
        absent = [name for code, name in enumerate(names) if code not in present]
        if absent:
            shown = ", ".join(absent[:5]) + (", …" if len(absent) > 5 else "")
            warnings.append(f"Absent classes: the {PART_NAMES[part]} part has no row of {shown}.")
    return warnings
