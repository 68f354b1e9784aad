"""What a loader is asked and what it answers: every format ends in one `RawDataset`."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from runtime.errors import InputError

Rows = NDArray[np.int64]
"""Row numbers."""
Kind = Literal["tabular", "sequence", "image", "tokens"]

TRAIN, VAL, TEST = 0, 1, 2
"""Codes of the three parts in `RawDataset.given` and in a split."""

MAX_BYTES = 1 << 30
"""The most that one dataset may take in memory as float32; more needs a row limit."""


@dataclass(frozen=True)
class LoadRequest:
    """One dataset to load. `path` is None for data that ships with a library or is generated."""

    name: str
    path: Path | None = None
    target_column: str | None = None
    seed: int = 0
    max_rows: int | None = None
    hint: str = ""
    """Words that may tell what the values are: dataset name, source and file name."""

    @property
    def what(self) -> str:
        """What messages call the dataset: its path, or its name."""
        return str(self.path) if self.path is not None else f"The dataset {self.name!r}"

    def existing_path(self) -> Path:
        """The path of a request that must have one."""
        if self.path is None:
            raise InputError(f"The dataset {self.name!r} needs the path of a file or folder.")
        return self.path


class Normalizer(Protocol):
    """Fitted on the train rows alone; turns raw features into the array that a model is given."""

    words: str
    parameters: dict[str, Any]
    """Plain JSON, enough for `normalizer.apply_normalizer`."""
    feature_names: list[str]
    warnings: list[str]

    @property
    def files(self) -> Mapping[str, bytes]:
        """What lies beside the data, by name: the tokenizer of texts."""
        ...

    def __call__(self, rows: Rows) -> NDArray[Any]:
        """The prepared samples of these rows: float32, or int64 for tokens."""
        ...


class Features(Protocol):
    """The inputs of all rows before normalisation."""

    @property
    def kind(self) -> Kind:
        """What one sample is."""
        ...

    def __len__(self) -> int: ...

    def take(self, rows: Rows) -> "Features":
        """Only these rows, in this order."""
        ...

    def row_keys(self) -> NDArray[np.uint64]:
        """A hash a row: equal for exact copies."""
        ...

    def missing(self) -> int:
        """Values that are absent (NaN or empty)."""
        ...

    def infinite(self) -> int:
        """Values that are infinite; they are treated as missing."""
        ...

    def fit(self, train_rows: Rows) -> Normalizer:
        """Learn how to normalise from these rows alone."""
        ...


@dataclass(frozen=True)
class RawDataset:
    """All rows of a dataset as they came, parts put one after the other, and what the source says about them."""

    features: Features
    target: NDArray[Any]
    """One label a row, of any type; None, NaN or "" where it is missing."""
    data_type: str
    target_name: str = ""
    class_names: list[str] | None = None
    """Names of the integer labels 0..K-1, when the source has them."""
    given: NDArray[np.int8] | None = None
    """The part (TRAIN, VAL, TEST) of each row, when the source is already divided."""
    groups: NDArray[Any] | None = None
    """The entity that each row belongs to."""
    time: NDArray[Any] | None = None
    """A number or date to order the rows by."""
    warnings: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.target)

    def take(self, rows: Rows) -> "RawDataset":
        """Only these rows, in this order."""
        return replace(
            self,
            features=self.features.take(rows),
            target=self.target[rows],
            given=None if self.given is None else self.given[rows],
            groups=None if self.groups is None else self.groups[rows],
            time=None if self.time is None else self.time[rows],
        )


class Loader(Protocol):
    """Reads one format. Raises `InputError` with one clear sentence for anything that can't be used."""

    def __call__(self, request: LoadRequest) -> RawDataset: ...


def reason(error: BaseException) -> str:
    """What a library says of a failure, fit for one sentence."""
    lines = str(error).strip().splitlines()
    return lines[0][:120] if lines else type(error).__name__


def check_bytes(total: int, rows: int, used: int, what: str) -> None:
    """Refuse to hold more than `MAX_BYTES` when `used` of `rows` rows are read, which take `total` bytes together."""
    if rows and total * (used / rows) > MAX_BYTES:
        raise InputError(
            f"{what} has {used:,} rows that take {total * used // rows >> 20} MB, more than is held in memory at once; "
            f"ask for at most {max(1, MAX_BYTES * rows // total):,} rows (max_rows)."
        )


def check_size(rows: int, values_per_row: int, what: str) -> None:
    """Refuse to hold more than `MAX_BYTES`; the message names the row limit that fits."""
    if rows * values_per_row * 4 > MAX_BYTES:
        fits = max(1, MAX_BYTES // (4 * max(values_per_row, 1)))
        raise InputError(
            f"{what} has {rows:,} rows of {values_per_row:,} values, more than is held in memory at once; "
            f"ask for at most {fits:,} rows (max_rows)."
        )
