"""Applying saved normaliser parameters: all that an exported project needs, NumPy only.

`normalizer.json` is one of

- `{"kind": "per_feature", "mean": [F], "std": [F], "fill": [F]}` for (n, F) arrays,
- `{"kind": "per_channel", "mean": [C], "std": [C], "fill": [C]}` for (n, C, ...) arrays,
- `{"kind": "tokens", "vocabulary_size": V}` for (n, length) token ids,
- `{"kind": "text", "columns": [...], "tokenizer": file, "sha256": hash, "length": L, "vocabulary_size": V}` for texts,
  and the same with `"kind": "corpus"` and no columns for running text: `tokenization.py` makes their ids,
- `{"kind": "table", "columns": [...], "mean": [F], "std": [F]}` for named columns; a column is
  `{"name", "encoding": "number", "fill"}`, `{"name", "encoding": "binary", "categories": [a, b]}`,
  `{"name", "encoding": "one_hot", "categories": [...], "other": bool, "missing": bool}` or
  `{"name", "encoding": "date", "fill", "parts": ["day", "month", "weekday", "hour"]}`.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

DAY_S = 86400.0
IDS = ("tokens", "text", "corpus")
"""Kinds whose values are token ids."""
LARGEST = 1e37
"""Beyond this a value is taken as infinite: it would not fit into float32."""


def apply_normalizer(parameters: Mapping[str, Any], values: Any) -> NDArray[Any]:
    """Normalise raw samples as the train split was.

    `values` is an array in the layout named above or, for kind "table", a mapping from column name to a sequence of
    values (numbers, strings or dates; None or NaN for missing). Returns float32, or int64 for tokens, which a text's
    values must be already.
    """
    kind = parameters["kind"]
    if kind in IDS:
        return np.asarray(values).astype(np.int64)
    if kind == "table":
        matrix = encode_columns(parameters["columns"], values)
        fill = np.zeros(matrix.shape[1])
    else:
        matrix = np.asarray(values).astype(np.float64)
        fill = np.asarray(parameters["fill"], dtype=np.float64)
    mean = np.asarray(parameters["mean"], dtype=np.float64)
    std = np.asarray(parameters["std"], dtype=np.float64)
    shape = (1, -1) + (1,) * (matrix.ndim - 2)
    matrix = np.where(is_usable(matrix), matrix, fill.reshape(shape))
    return np.asarray((matrix - mean.reshape(shape)) / std.reshape(shape), dtype=np.float32)


def is_usable(values: NDArray[Any]) -> NDArray[np.bool_]:
    """True for numbers that are neither missing nor infinite nor too large."""
    return np.asarray(np.abs(values) <= LARGEST, dtype=bool)


def beyond_range(values: NDArray[Any]) -> NDArray[np.bool_]:
    """True for numbers that are infinite or too large."""
    return np.asarray(np.abs(values) > LARGEST, dtype=bool)


def encode_columns(columns: list[dict[str, Any]], values: Mapping[str, Any]) -> NDArray[np.float64]:
    """Named columns to one (n, F) matrix, as their encodings say."""
    blocks = [encode_column(column, values[column["name"]]) for column in columns]
    return np.concatenate(blocks, axis=1)


def encode_column(column: Mapping[str, Any], values: Any) -> NDArray[np.float64]:
    """One column to its (n, width) block."""
    encoding = column["encoding"]
    if encoding == "number":
        numbers = np.asarray(values, dtype=np.float64)
        return np.where(is_usable(numbers), numbers, column["fill"])[:, None]
    if encoding == "date":
        return _encode_dates(column, np.asarray(values, dtype="datetime64[s]"))
    categories = list(column["categories"])
    position = {category: index for index, category in enumerate(categories)}
    codes = np.array([_code(value, position) for value in values], dtype=np.int64)
    if encoding == "binary":
        return np.where(codes >= 0, codes, 0.5)[:, None]
    block = codes[:, None] == np.arange(len(categories))[None, :]
    extra = [codes == -1] if column["other"] else []
    extra += [codes == -2] if column["missing"] else []
    return np.concatenate([block, *(flag[:, None] for flag in extra)], axis=1).astype(np.float64)


def encoded_names(column: Mapping[str, Any]) -> list[str]:
    """The names of the features that a column becomes, in the order of `encode_column`."""
    name, encoding = column["name"], column["encoding"]
    if encoding == "number":
        return [name]
    if encoding == "date":
        return [f"{name}.{part}" for part in column["parts"]]
    if encoding == "binary":
        return [f"{name}={column['categories'][1]}"]
    extra = [f"{name}=(other)"] if column["other"] else []
    extra += [f"{name}=(missing)"] if column["missing"] else []
    return [f"{name}={category}" for category in column["categories"]] + extra


def _code(value: Any, position: Mapping[str, int]) -> int:
    """The index of a category; -1 for one that train has not shown, -2 for a missing value."""
    if value is None or value != value:
        return -2
    return position.get(str(value), -1)


def _encode_dates(column: Mapping[str, Any], dates: NDArray[np.datetime64]) -> NDArray[np.float64]:
    """Days since 1970 and the calendar parts of dates; missing dates get `fill` (days) and its parts."""
    fill = np.datetime64(int(column["fill"] * DAY_S), "s")
    dates = np.where(np.isnat(dates), fill, dates)
    days = dates.astype("datetime64[D]").astype(np.int64)
    parts = {
        "day": dates.astype("datetime64[s]").astype(np.int64) / DAY_S,
        "month": dates.astype("datetime64[M]").astype(np.int64) % 12 + 1.0,
        "weekday": (days + 3) % 7 + 0.0,
        "hour": (dates - dates.astype("datetime64[D]")).astype("timedelta64[s]").astype(np.int64) / 3600.0,
    }
    return np.stack([parts[part] for part in column["parts"]], axis=1)
