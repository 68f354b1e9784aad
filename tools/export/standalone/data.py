"""Raw rows from an NPZ or CSV file as the normalised arrays that the model was trained on.

Text files hold a text a line, or for a language model one text. NPZ: `X` and `y`, or `X_train`, `y_train`, `X_val` and
`y_val`; `normalized` set to true says that X is normalised and y numbered already, as in `sample.npz`. CSV: one header
line; the target column may be missing for prediction.
"""

import csv
from pathlib import Path
from typing import Any

import numpy
from numpy.typing import NDArray

from tools.datasets.normalizer import apply_normalizer
from tools.datasets.tokenization import join_texts
from tools.export.standalone.project import Project
from tools.export.standalone.texts import encode, read_text_file, reads_text

Array = NDArray[Any]
Rows = tuple[Array, Array | None]
VALIDATION_SHARE = 0.2
TEXT_FILES = (".txt", ".md")


def load_rows(path: Path, project: Project) -> dict[str, Rows]:
    """(X, y) by part: "all", or "train" and "val"; y is None without labels. `SystemExit` says what does not fit."""
    if not path.is_file():
        raise SystemExit(f"There is no file {path}.")
    if path.suffix.lower() == ".npz":
        return _load_npz(path, project)
    if path.suffix.lower() in TEXT_FILES and reads_text(project):
        return {"all": read_text_file(path, project)}
    return {"all": _load_csv(path, project)}


def train_and_validation(parts: dict[str, Rows], project: Project, seed: int) -> tuple[Array, Array, Array, Array]:
    """X_train, y_train, X_val, y_val; rows that come in one part are divided, each class by itself."""
    if "train" in parts and "val" in parts:
        (X_train, y_train), (X_val, y_val) = parts["train"], parts["val"]
    else:
        X, y = parts.get("all") or parts.get("train") or parts["val"]
        if y is None:
            raise SystemExit("Training needs labels (y, or the target column).")
        first, second = _divide(y, project, seed)
        X_train, y_train, X_val, y_val = X[first], y[first], X[second], y[second]
    if y_train is None or y_val is None:
        raise SystemExit("Training needs labels (y_train and y_val).")
    return X_train, y_train, X_val, y_val


def _divide(y: Array, project: Project, seed: int) -> tuple[Array, Array]:
    order = numpy.random.default_rng(seed).permutation(len(y))
    if project.task_type != "classification":
        cut = max(1, round(len(y) * VALIDATION_SHARE))
        return order[cut:], order[:cut]
    second = []
    for label in numpy.unique(y):
        members = order[y[order] == label]
        second += list(members[: round(len(members) * VALIDATION_SHARE) or int(len(members) > 1)])
    chosen = numpy.isin(order, second)
    return order[~chosen], order[chosen] if chosen.any() else order


def _load_npz(path: Path, project: Project) -> dict[str, Rows]:
    with numpy.load(path, allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    ready = bool(arrays.get("normalized", False))
    names = {"all": ("X", "y"), "train": ("X_train", "y_train"), "val": ("X_val", "y_val")}
    parts: dict[str, Rows] = {}
    for part, (x_name, y_name) in names.items():
        if x_name in arrays:
            X, y = arrays[x_name], arrays.get(y_name)
            X = X if ready else _normalise(X, project)
            parts[part] = X, y if ready or y is None else _number(y, project)
    if not parts:
        raise SystemExit(f"{path} holds no array named X or X_train, only {', '.join(arrays) or 'nothing'}.")
    return parts


def _normalise(X: Array, project: Project) -> Array:
    if project.normalizer["kind"] == "table":
        columns = ", ".join(column["name"] for column in project.normalizer["columns"])
        raise SystemExit(f"This model reads named columns: give a CSV file with {columns}.")
    if reads_text(project) and X.dtype.kind == "U":
        return encode(X.reshape(-1).tolist(), project)
    shape = project.input_shape
    if X.shape[1:] != shape:
        if X.ndim == len(shape) + 1 and (*X.shape[-1:], *X.shape[1:-1]) == shape:
            X = numpy.moveaxis(X, -1, 1)
        elif numpy.prod(X.shape[1:]) == numpy.prod(shape) and 1 in (*shape, *X.shape[1:]):
            X = X.reshape(len(X), *shape)
        else:
            raise SystemExit(f"One sample must have shape {shape}, and X holds samples of shape {X.shape[1:]}.")
    return apply_normalizer(project.normalizer, X)


def _number(y: Array, project: Project) -> Array:
    """Labels as the model knows them: class numbers, or float32 values."""
    if project.task_type == "regression":
        return y.astype(numpy.float32).reshape(len(y))
    if project.task_type != "classification":
        return y.astype(numpy.int64)
    position = {name: index for index, name in enumerate(project.classes)}
    y = y.reshape(len(y))
    words = [str(int(v)) if y.dtype.kind in "iuf" and v == int(v) else str(v) for v in y.tolist()]
    if all(word in position for word in words):
        return numpy.array([position[word] for word in words], dtype=numpy.int64)
    if y.dtype.kind in "iu" and y.min() >= 0 and y.max() < len(project.classes):
        return y.astype(numpy.int64)
    unknown = sorted({word for word in words if word not in position})[:3]
    raise SystemExit(f"The labels hold {', '.join(unknown)}; the model knows {', '.join(project.classes[:20])}.")


def _load_csv(path: Path, project: Project) -> Rows:
    with path.open(newline="", encoding="utf-8-sig") as file:
        header = file.readline()
        delimiter = max(",;\t", key=header.count)
        names = next(csv.reader([header], delimiter=delimiter))
        csv.field_size_limit(1 << 30)  # texts are longer than the default allows
        rows = [row for row in csv.reader(file, delimiter=delimiter) if len(row) == len(names)]
    if not rows:
        raise SystemExit(f"{path} holds no rows.")
    table = {name.strip(): list(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)}
    target = table.pop(project.target_name, None)
    y = None if target is None else _number(_as_labels(target, project), project)
    if project.normalizer["kind"] == "text":
        texts = join_texts([_column(table, name, path) for name in project.normalizer["columns"]])
        return encode(texts.tolist(), project), y
    if project.normalizer["kind"] != "table":
        return _normalise(numpy.array([_floats(column) for column in table.values()]).T, project), y
    columns = project.normalizer["columns"]
    values = {column["name"]: _typed(_column(table, column["name"], path), column["encoding"]) for column in columns}
    return apply_normalizer(project.normalizer, values), y


def _column(table: dict[str, list[str]], name: str, path: Path) -> list[str]:
    if name not in table:
        raise SystemExit(f"{path} lacks the column {name!r}.")
    return table[name]


def _as_labels(texts: list[str], project: Project) -> Array:
    return numpy.array(_floats(texts)) if project.task_type == "regression" else numpy.array(texts)


def _typed(texts: list[str], encoding: str) -> Any:
    if encoding == "number":
        return _floats(texts)
    return [text.strip() or None for text in texts]


def _floats(texts: list[str]) -> list[float]:
    """Numbers; what is none is missing."""
    numbers = []
    for text in texts:
        try:
            numbers.append(float(text))
        except ValueError:
            numbers.append(float("nan"))
    return numbers
