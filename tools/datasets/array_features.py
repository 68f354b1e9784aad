"""Numeric arrays as features: tables of numbers, signals, images and token ids."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.datasets.normalizer import apply_normalizer, beyond_range, is_usable
from tools.datasets.raw import Kind, Rows

CHUNK = 2048
NEARLY_CONSTANT = 1e-7
"""A spread below this share of the mean is rounding of a constant, not information."""


@dataclass
class ArrayNormalizer:
    """Parameters and the values that they are applied to."""

    values: NDArray[Any]
    words: str
    parameters: dict[str, Any]
    feature_names: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)

    def __call__(self, rows: Rows) -> NDArray[Any]:
        dtype = np.int64 if self.parameters["kind"] == "tokens" else np.float32
        prepared = np.empty((len(rows), *self.values.shape[1:]), dtype=dtype)
        for start in range(0, len(rows), CHUNK):
            chunk = rows[start : start + CHUNK]
            prepared[start : start + CHUNK] = apply_normalizer(self.parameters, self.values[chunk])
        return prepared


@dataclass(frozen=True)
class ArrayFeatures:
    """`values` is (n, features), (n, channels, length), (n, channels, height, width) or (n, length) token ids."""

    values: NDArray[Any]
    kind: Kind
    names: list[str] = field(default_factory=list)
    vocabulary_size: int | None = None

    def __len__(self) -> int:
        return len(self.values)

    def take(self, rows: Rows) -> "ArrayFeatures":
        return ArrayFeatures(self.values[rows], self.kind, self.names, self.vocabulary_size)

    def row_keys(self) -> NDArray[np.uint64]:
        values = np.ascontiguousarray(self.values)
        digests = (hashlib.blake2b(row.tobytes(), digest_size=8).digest() for row in values)
        return np.frombuffer(b"".join(digests), dtype=np.uint64)

    def missing(self) -> int:
        return self._count(np.isnan)

    def infinite(self) -> int:
        return self._count(beyond_range)

    def fit(self, train_rows: Rows) -> ArrayNormalizer:
        if self.kind == "tokens":
            parameters: dict[str, Any] = {"kind": "tokens", "vocabulary_size": self.vocabulary_size}
            return ArrayNormalizer(self.values, "token ids, left as they are", parameters)
        mean, std = moments(self.values, train_rows)
        if self.kind == "tabular":
            fill = self._medians(train_rows)
            constant = int((spread_or_one(mean, std) != std).sum())
            warnings = [f"Constant features: {constant} feature(s) never change in the train rows."] if constant else []
            words = "standardised per feature (mean and spread of the train rows; missing values become the median)"
        else:
            fill, warnings = mean, []
            words = "standardised per channel (mean and spread of the train rows; missing values become the mean)"
        parameters = {
            "kind": "per_feature" if self.kind == "tabular" else "per_channel",
            "mean": mean.tolist(),
            "std": spread_or_one(mean, std).tolist(),
            "fill": fill.tolist(),
        }
        return ArrayNormalizer(self.values, words, parameters, list(self.names), warnings)

    def _count(self, test: Any) -> int:
        if self.values.dtype.kind != "f":
            return 0
        return sum(int(test(self.values[start : start + CHUNK]).sum()) for start in range(0, len(self), CHUNK))

    def _medians(self, rows: Rows) -> NDArray[np.float64]:
        """The median of the finite train values of each feature; 0 where there are none."""
        medians = np.zeros(self.values.shape[1])
        for column in range(self.values.shape[1]):
            values = self.values[rows, column].astype(np.float64)
            values = values[is_usable(values)]
            medians[column] = np.median(values) if len(values) else 0.0
        return medians


def moments(values: NDArray[Any], rows: Rows) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and standard deviation along axis 1 (features or channels) over the finite values of these rows."""
    axes = (0, *range(2, values.ndim))
    count = total = square = np.zeros(values.shape[1])
    for chunk, finite in _finite_chunks(values, rows):
        count = count + finite.sum(axis=axes)
        total = total + chunk.sum(axis=axes)
    mean = total / np.maximum(count, 1)
    center = mean.reshape((1, -1) + (1,) * (values.ndim - 2))
    for chunk, finite in _finite_chunks(values, rows):
        square = square + (np.where(finite, chunk - center, 0.0) ** 2).sum(axis=axes)
    return mean, np.sqrt(square / np.maximum(count, 1))


def spread_or_one(mean: NDArray[np.float64], std: NDArray[np.float64]) -> NDArray[np.float64]:
    """The spread to divide by: 1 for a feature that is constant up to rounding."""
    return np.where(std <= NEARLY_CONSTANT * np.abs(mean), 1.0, std)


def _finite_chunks(values: NDArray[Any], rows: Rows) -> Iterator[tuple[NDArray[np.float64], NDArray[np.bool_]]]:
    for start in range(0, len(rows), CHUNK):
        chunk = values[rows[start : start + CHUNK]].astype(np.float64)
        finite = is_usable(chunk)
        yield np.where(finite, chunk, 0.0), finite
