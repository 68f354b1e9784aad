"""From a raw target to class numbers or regression values.

The rule, in order:

1. Text and booleans are classes.
2. Numbers that are all whole are classes when there are at most 20 different ones with three rows each on average, or
   when they are exactly 0..K-1 or 1..K with ten rows each on average (K <= 1000).
3. Any other numbers are a regression target, kept in its own units.

Classes are numbered 0..K-1 in the order of their sorted values.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runtime.data_profile import TaskType
from runtime.errors import InputError

FEW_VALUES = 20
ROWS_A_VALUE = 3
MAX_CLASSES = 1000
ROWS_A_NUMBERED_CLASS = 10


@dataclass(frozen=True)
class Labels:
    """`values` is int64 in 0..K-1 for classification, float32 for regression; one a row."""

    task: TaskType
    values: NDArray[Any]
    class_names: list[str]

    def take(self, rows: NDArray[np.int64]) -> "Labels":
        """Only these rows; the classes keep their numbers."""
        return Labels(self.task, self.values[rows], self.class_names)


def flatten_target(target: NDArray[Any]) -> tuple[NDArray[Any], list[str]]:
    """A target as one value a row, with the warnings: (n, 1) is flattened, one-hot rows become class numbers."""
    if target.ndim == 1:
        return target, []
    if target.ndim == 2 and target.shape[1] == 1:
        return target[:, 0], []
    if (
        target.ndim == 2
        and target.dtype.kind in "biuf"
        and np.isin(target, (0, 1)).all()
        and (target.sum(1) == 1).all()
    ):
        return target.argmax(axis=1), [f"One-hot labels: y {target.shape} was read as {target.shape[1]} classes."]
    raise InputError(f"The labels have shape {target.shape}; give one label a row, shape ({len(target)},).")


def is_missing(target: NDArray[Any]) -> NDArray[np.bool_]:
    """True where a label is NaN, None or empty."""
    if target.dtype.kind == "f":
        return np.asarray(np.isnan(target), dtype=bool)
    if target.dtype.kind in "OUS":
        return np.array([value is None or value != value or value == "" for value in target], dtype=bool)
    return np.zeros(len(target), dtype=bool)


def encode_labels(target: NDArray[Any], names: list[str] | None, target_name: str) -> Labels:
    """Number the classes or keep the regression values, by the rule above; `names` are the source's class names."""
    what = f"The target {target_name!r}" if target_name else "The target"
    if target.dtype.kind == "S":
        target = np.char.decode(target, "utf-8", "replace")
    if target.dtype.kind == "b" and names:
        target = target.astype(np.int64)
    if target.dtype.kind in "mMcV":
        raise InputError(f"{what} holds {target.dtype} values; choose a column of classes or numbers.")
    if target.dtype.kind in "biuf":
        return _encode_numbers(target, names, what)
    return _encode_text(np.array([str(value) for value in target]), what)


def _encode_text(text: NDArray[Any], what: str) -> Labels:
    classes, codes = np.unique(text, return_inverse=True)
    if len(classes) > MAX_CLASSES or (len(classes) > FEW_VALUES and len(classes) * 2 > len(text)):
        raise InputError(
            f"{what} has {len(classes):,} different text values in {len(text):,} rows; "
            "choose a column with fewer classes, or numbers."
        )
    _need_two(classes, what)
    return Labels("classification", codes.astype(np.int64), [str(name) for name in classes])


def _encode_numbers(target: NDArray[Any], names: list[str] | None, what: str) -> Labels:
    if target.dtype.kind == "f" and not np.isfinite(target).all():
        raise InputError(f"{what} holds infinite values; remove those rows.")
    values, codes = np.unique(target, return_inverse=True)
    _need_two(values, what)
    if target.dtype.kind != "b" and not names and not _are_classes(values, len(target)):
        with np.errstate(over="ignore"):
            floats = target.astype(np.float32)
        if not np.isfinite(floats).all():
            raise InputError(f"{what} holds values beyond what float32 can hold; rescale it.")
        return Labels("regression", floats, [])
    if names and (values.min() < 0 or values.max() >= len(names) or (values % 1 != 0).any()):
        raise InputError(
            f"{what} holds labels outside 0..{len(names) - 1}, though the source names {len(names)} classes."
        )
    if target.dtype.kind == "b":
        texts = [str(bool(value)) for value in values]
    else:
        texts = [names[int(value)] if names else str(int(value)) for value in values]
    return Labels("classification", codes.astype(np.int64), texts)


def _are_classes(values: NDArray[Any], rows: int) -> bool:
    """Rule 2: whole numbers that are few, or that number classes without a gap."""
    if (values % 1 != 0).any():
        return False
    count = len(values)
    if count <= FEW_VALUES and (count * ROWS_A_VALUE <= rows or count == 2):
        return True
    gapless = values[0] in (0, 1) and values[-1] - values[0] == count - 1
    return bool(gapless and count <= MAX_CLASSES and count * ROWS_A_NUMBERED_CLASS <= rows)


def _need_two(values: NDArray[Any], what: str) -> None:
    if len(values) < 2:
        shown = f"{values[0]:g}" if values.dtype.kind in "iuf" else str(values[0])
        raise InputError(f"{what} is the same in every row ({shown}); there is nothing to learn from it.")
