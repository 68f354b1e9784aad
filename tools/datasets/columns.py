"""From the column of a table to numbers, dates or categories, whatever its spelling.

A text column is numbers when nine in ten of its values read as numbers (thousands separators, decimal commas, currency
and percent signs understood), dates when nine in ten read as dates, and categories otherwise.
"""

import re
import warnings
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

ABSENT = {
    "",
    "na",
    "n/a",
    "n.a.",
    "nan",
    "null",
    "(null)",
    "<na>",
    "#n/a",
    "#na",
    "?",
    "#value!",
    "#div/0!",
    "nat",
    "\\n",
}
"""Spellings of a missing label."""
MISSING = ABSENT | {"none", "-", "--", "---", ".", "missing", "nil"}
"""Spellings of a missing input; some of these are sensible class names."""
MOST = 0.9
PROBE = 1000
LONGEST = 48
"""Characters; no number and no date is longer."""
THOUSANDS = r"[-+]?\d{1,3}(?:,\d{3})+(?:\.\d+)?"
COMMA_DECIMAL = r"[-+]?\d+(?:\.\d{3})*,\d+"
CLOCK = r"\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?"
DATE = re.compile(
    r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|\d{1,2}[ -][a-z]{3,9}[ ,-]+\d{2,4}|[a-z]{3,9} \d{1,2},? \d{4}", re.IGNORECASE
)


@dataclass(frozen=True)
class Column:
    """`values` is float64 (NaN missing), datetime64[s] (NaT missing) or str objects (None missing)."""

    name: str
    kind: Literal["number", "date", "category"]
    values: NDArray[Any]
    notes: list[str] = field(default_factory=list)

    def take(self, rows: NDArray[np.int64]) -> "Column":
        """Only these rows."""
        return Column(self.name, self.kind, self.values[rows], self.notes)

    def absent(self) -> NDArray[np.bool_]:
        """True where the value is missing."""
        if self.kind == "number":
            return np.asarray(np.isnan(self.values), dtype=bool)
        if self.kind == "date":
            return np.asarray(np.isnat(self.values), dtype=bool)
        return np.array([value is None for value in self.values], dtype=bool)

    def distinct(self) -> int:
        """Different values that are not missing."""
        present = self.values[~self.absent()]
        return len(set(present)) if self.kind == "category" else len(np.unique(present))


def type_column(name: str, series: "pd.Series[Any]", *, decimal_comma: bool = False) -> Column | None:
    """Read one column; None for values that are no scalars (lists, records, bytes)."""
    if pd.api.types.is_bool_dtype(series.dtype):
        return Column(name, "category", _texts(series, MISSING))
    if pd.api.types.is_timedelta64_dtype(series.dtype):
        return Column(name, "number", series.dt.total_seconds().to_numpy(dtype=np.float64, na_value=np.nan))
    if pd.api.types.is_complex_dtype(series.dtype):
        return None
    if pd.api.types.is_numeric_dtype(series.dtype):
        return Column(name, "number", series.to_numpy(dtype=np.float64, na_value=np.nan))
    if pd.api.types.is_datetime64_any_dtype(series.dtype):
        return Column(name, "date", _seconds(pd.to_datetime(series, utc=True)))
    first = next((value for value in series if value is not None), None)
    if isinstance(first, list | tuple | dict | set | bytes | np.ndarray):
        return None
    return _read_text(name, _texts(series, MISSING), decimal_comma)


def read_target(series: "pd.Series[Any]", *, decimal_comma: bool = False) -> NDArray[Any] | None:
    """A target column: numbers when every label is one, else str objects (None missing); None for lists or records."""
    if pd.api.types.is_bool_dtype(series.dtype) or isinstance(series.dtype, pd.CategoricalDtype):
        return _texts(series, ABSENT)
    column = type_column(str(series.name), series, decimal_comma=decimal_comma)
    if column is None:
        return None
    if pd.api.types.is_numeric_dtype(series.dtype) or pd.api.types.is_datetime64_any_dtype(series.dtype):
        return column.values
    texts = _texts(series, ABSENT)
    numbers = _numbers(pd.Series(texts).dropna().astype(str), decimal_comma)
    if len(numbers) and numbers.notna().all():
        values = np.full(len(texts), np.nan)
        values[numbers.index.to_numpy()] = numbers.to_numpy(dtype=np.float64)
        return values
    return texts


def _texts(series: "pd.Series[Any]", absent: set[str]) -> NDArray[Any]:
    """Stripped texts as objects, None where missing."""
    present = series.notna().to_numpy()
    texts = [str(value).strip() if here else None for value, here in zip(series, present, strict=True)]
    return np.array([None if text is None or text.lower() in absent else text for text in texts], dtype=object)


def _read_text(name: str, texts: NDArray[Any], decimal_comma: bool) -> Column:
    present = pd.Series(texts, dtype=object).dropna().astype(str)
    if present.empty:
        return Column(name, "number", np.full(len(texts), np.nan))
    if present.iloc[:PROBE].str.len().median() > LONGEST:
        return Column(name, "category", texts)
    numbers = _numbers(present, decimal_comma)
    if numbers.notna().mean() >= MOST:
        values = np.full(len(texts), np.nan)
        values[numbers.index.to_numpy()] = numbers.to_numpy(dtype=np.float64)
        return Column(name, "number", values, _mixed(name, present, numbers, "numbers"))
    if present.str.contains(DATE).mean() >= MOST:
        dates = _dates(present)
        if dates.notna().mean() >= MOST:
            moments = np.full(len(texts), np.datetime64("NaT"), dtype="datetime64[s]")
            moments[dates.index.to_numpy()] = _seconds(dates)
            return Column(name, "date", moments, _mixed(name, present, dates, "dates"))
    return Column(name, "category", texts)


def _numbers(texts: "pd.Series[str]", decimal_comma: bool) -> "pd.Series[float]":
    """Numbers where a text is one, NaN elsewhere."""
    plain = pd.to_numeric(texts, errors="coerce")
    if plain.notna().all():
        return plain.astype(np.float64)
    if texts.str.fullmatch(CLOCK).all():
        parts = texts.str.split(":", expand=True).astype(np.float64).fillna(0.0)
        weights = np.array([1.0, 1 / 60, 1 / 3600])[: parts.shape[1]]
        return pd.Series(parts.to_numpy() @ weights, index=texts.index)
    bare = texts.str.replace(r"(?<=\d)[\s\u00a0\u202f'’](?=\d{3})|[$€£¥%]|\u00a0", "", regex=True).str.strip()
    commas = bare[bare.str.contains(",", regex=False)]
    if len(commas) and commas.str.fullmatch(THOUSANDS).all() and not decimal_comma:
        bare = bare.str.replace(",", "", regex=False)
    elif len(commas) and commas.str.fullmatch(COMMA_DECIMAL).all():
        bare = bare.str.replace(".", "", regex=False).str.replace(",", ".", regex=False)
    return pd.to_numeric(bare, errors="coerce").astype(np.float64)


def _dates(texts: "pd.Series[str]") -> "pd.Series[Any]":
    """The reading (ISO, month first, day first, each on its own) that understands the most values."""
    best: pd.Series[Any] | None = None
    ways: list[dict[str, Any]] = [{"format": "ISO8601"}, {"dayfirst": False}, {"dayfirst": True}, {"format": "mixed"}]
    for way in ways:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # pandas says that it guessed the format
            read = pd.to_datetime(texts, errors="coerce", utc=True, **way)
        if best is None or read.notna().sum() > best.notna().sum():
            best = read
        if best.notna().all():
            break
    assert best is not None
    return best


def _seconds(dates: "pd.Series[Any]") -> NDArray[np.datetime64]:
    return np.asarray(dates.dt.tz_localize(None).to_numpy(dtype="datetime64[s]"))


def _mixed(name: str, texts: "pd.Series[str]", read: "pd.Series[Any]", kind: str) -> list[str]:
    odd = texts[read.isna()]
    if odd.empty:
        return []
    return [
        f"Mixed column: {name!r} holds {kind}, but {len(odd)} value(s) such as {odd.iloc[0][:30]!r} became missing."
    ]
