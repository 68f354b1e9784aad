"""Columns of mixed types as features, encoded by what the train rows show."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from runtime.errors import InputError
from tools.datasets.array_features import moments, spread_or_one
from tools.datasets.columns import Column
from tools.datasets.normalizer import DAY_S, apply_normalizer, beyond_range, encode_columns, encoded_names, is_usable
from tools.datasets.raw import Kind, Rows

MAX_WIDTH = 512
"""Features that all category columns together may become."""
MAX_CATEGORIES = 32
FEW_CATEGORIES = 10
"""Never so many that they could be free text."""
COMMON = 0.01
"""The share of the train rows that a category of a crowded column needs to get a feature of its own."""


@dataclass
class TableNormalizer:
    """Encodings and moments of the train rows, applied to the columns."""

    columns: Mapping[str, Column]
    parameters: dict[str, Any]
    feature_names: list[str]
    warnings: list[str]
    words: str = (
        "columns encoded (missing numbers become the median, text one-hot, dates days and calendar parts), "
        "then standardised per feature, all fitted on the train rows"
    )
    files: dict[str, bytes] = field(default_factory=dict)

    def __call__(self, rows: Rows) -> NDArray[Any]:
        used = {spec["name"]: self.columns[spec["name"]].values[rows] for spec in self.parameters["columns"]}
        return apply_normalizer(self.parameters, used)


@dataclass(frozen=True)
class TableFeatures:
    """The input columns of a table; what they become is decided by `fit`."""

    columns: list[Column]
    kind: Kind = "tabular"

    def __len__(self) -> int:
        return len(self.columns[0].values) if self.columns else 0

    def take(self, rows: Rows) -> "TableFeatures":
        return TableFeatures([column.take(rows) for column in self.columns])

    def row_keys(self) -> NDArray[np.uint64]:
        frame = pd.DataFrame({index: column.values for index, column in enumerate(self.columns)})
        return np.asarray(pd.util.hash_pandas_object(frame, index=False), dtype=np.uint64)

    def missing(self) -> int:
        return sum(int(column.absent().sum()) for column in self.columns)

    def infinite(self) -> int:
        return sum(int(beyond_range(column.values).sum()) for column in self.columns if column.kind == "number")

    def fit(self, train_rows: Rows) -> TableNormalizer:
        crowd = sum(column.kind == "category" for column in self.columns)
        width = max(2, min(MAX_CATEGORIES, MAX_WIDTH // max(crowd, 1)))
        plan = _Plan()
        for column in self.columns:
            _ENCODERS[column.kind](plan, column.take(train_rows), width)
        if not plan.specs:
            why = " ".join(plan.warnings()) or "there are none."
            raise InputError(f"No input column can be used; give numbers, categories or longer texts. {why}")
        columns = {column.name: column for column in self.columns}
        train = encode_columns(
            plan.specs, {spec["name"]: columns[spec["name"]].values[train_rows] for spec in plan.specs}
        )
        mean, std = moments(train, np.arange(len(train)))
        parameters = {
            "kind": "table",
            "columns": plan.specs,
            "mean": mean.tolist(),
            "std": spread_or_one(mean, std).tolist(),
        }
        names = [name for spec in plan.specs for name in encoded_names(spec)]
        return TableNormalizer(columns, parameters, names, plan.warnings())


@dataclass
class _Plan:
    """Encodings decided so far, and the columns left out, by reason."""

    specs: list[dict[str, Any]] = field(default_factory=list)
    left_out: dict[str, list[str]] = field(default_factory=dict)
    crowded: list[str] = field(default_factory=list)
    """Category columns of which only the most frequent values became features."""

    def leave_out(self, name: str, reason: str) -> None:
        self.left_out.setdefault(reason, []).append(name)

    def warnings(self) -> list[str]:
        told = [f"{reason}: {list_names(names)} left out." for reason, names in self.left_out.items()]
        if self.crowded:
            told.append(f"Many categories: of {list_names(self.crowded)} only the most frequent values are features.")
        return told


def list_names(names: list[str], shown: int = 5) -> str:
    """The first names and how many more."""
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    return ", ".join(repr(name) for name in names[:shown]) + more


def _fit_number(plan: _Plan, column: Column, _width: int) -> None:
    finite = column.values[is_usable(column.values)]
    if not len(finite):
        plan.leave_out(column.name, "Empty columns")
    elif finite.min() == finite.max():
        plan.leave_out(column.name, "Constant columns")
    else:
        plan.specs.append({"name": column.name, "encoding": "number", "fill": float(np.median(finite))})


def _fit_date(plan: _Plan, column: Column, _width: int) -> None:
    dates = column.values[~column.absent()]
    if not len(dates):
        plan.leave_out(column.name, "Empty columns")
        return
    seconds = dates.astype("datetime64[s]").astype(np.int64)
    if seconds.min() == seconds.max():
        plan.leave_out(column.name, "Constant columns")
        return
    parts = ["day"]
    if len(np.unique(dates.astype("datetime64[M]").astype(np.int64) % 12)) > 1:
        parts.append("month")
    if len(np.unique(seconds // int(DAY_S))) > 1:
        parts.append("weekday")
    if (seconds % int(DAY_S)).any():
        parts.append("hour")
    fill = float(np.median(seconds)) / DAY_S
    plan.specs.append({"name": column.name, "encoding": "date", "fill": fill, "parts": parts})


def _fit_category(plan: _Plan, column: Column, width: int) -> None:
    counts = Counter(value for value in column.values if value is not None)
    total = len(column.values)
    missing = sum(counts.values()) < total
    if not counts:
        plan.leave_out(column.name, "Empty columns")
    elif len(counts) == 1 and not missing:
        plan.leave_out(column.name, "Constant columns")
    elif len(counts) > max(FEW_CATEGORIES, total // 2):
        plan.leave_out(column.name, "Text columns that differ in almost every row")
    elif len(counts) == 2 and not missing:
        plan.specs.append({"name": column.name, "encoding": "binary", "categories": sorted(counts)})
    elif len(counts) <= width:
        plan.specs.append(_one_hot(column.name, sorted(counts), other=False, missing=missing))
    else:
        common = [value for value, count in counts.most_common(width - 1) if count >= max(2, COMMON * total)]
        if not common:
            plan.leave_out(column.name, "Text columns that differ in almost every row")
            return
        plan.crowded.append(column.name)
        plan.specs.append(_one_hot(column.name, sorted(common), other=True, missing=missing))


def _one_hot(name: str, categories: list[str], *, other: bool, missing: bool) -> dict[str, Any]:
    return {"name": name, "encoding": "one_hot", "categories": categories, "other": other, "missing": missing}


_ENCODERS = {"number": _fit_number, "date": _fit_date, "category": _fit_category}
