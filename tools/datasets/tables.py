"""From a table to features, target, parts, entity and time, told by the names of the columns."""

import difflib
import re
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from runtime.errors import InputError
from tools.datasets.columns import Column, read_target, type_column
from tools.datasets.free_text import as_text
from tools.datasets.layout import lay_out
from tools.datasets.raw import TEST, TRAIN, VAL, Features, LoadRequest, RawDataset
from tools.datasets.table_features import TableFeatures, list_names

TARGET_NAMES = ("target", "label", "labels", "class", "y", "outcome")
GROUP_NAME = re.compile(r"(group|subject|patient|entity|user|participant|person)_?(id|no|nr|number|code)?")
TIME_NAME = re.compile(r"date|time|date_?time|time_?stamp")
ID_NAME = re.compile(
    r"id|index|idx|no|nr|uuid|guid|row|row_?(names?|id|no|nr|number)|unnamed:_\d+|__index_level_\d+__|.*_id|"
)
PART_NAME = re.compile(r"split|subset|fold|partition|set")
PARTS = {"train": TRAIN, "training": TRAIN, "val": VAL, "valid": VAL, "validation": VAL, "dev": VAL, "test": TEST}
MIN_GROUPS = 5
MOSTLY = 0.99
"""The share of rows that an identifier is different in."""
MIN_SIGNAL_COLUMNS = 16


@dataclass
class Table:
    """A frame as it was read. `texts` says that every cell is text; `given` is the part of each row, if known."""

    frame: pd.DataFrame
    data_type: str
    given: NDArray[np.int8] | None = None
    class_names: dict[str, list[str]] = field(default_factory=dict)
    """Names of integer labels by column."""
    decimal_comma: bool = False
    warnings: list[str] = field(default_factory=list)


def table_dataset(table: Table, request: LoadRequest) -> RawDataset:
    """Choose the target, read the columns, and find entity, time and parts."""
    frame, what = table.frame, request.what
    if frame.empty:
        raise InputError(f"{what} holds no rows.")
    target_name, notes = find_target([str(name) for name in frame.columns], request.target_column, what)
    target = read_target(frame[target_name], decimal_comma=table.decimal_comma)
    if target is None:
        raise InputError(f"The target column {target_name!r} holds lists or records; choose one of classes or numbers.")
    columns = _typed_columns(table, target_name, notes)
    roles = _find_roles(columns, table.given)
    rest = [column for column in columns if column.name not in roles.used]
    if not rest:
        raise InputError(f"{what} has no input columns beside the target {target_name!r}.")
    features, layout_notes = _as_features(rest, request.hint)
    raw = RawDataset(
        features,
        target,
        table.data_type,
        target_name=target_name,
        class_names=table.class_names.get(target_name),
        given=roles.given,
        groups=roles.groups,
        time=roles.time,
        warnings=[*table.warnings, *notes, *roles.notes, *layout_notes],
    )
    return _without_missing_times(raw)


def find_target(names: list[str], asked: str | None, what: str) -> tuple[str, list[str]]:
    """The target's name: as asked for (case and outer spaces forgiven), or the only plain one, with a warning."""
    if asked is not None:
        same = [name for name in names if name == asked] or [
            n for n in names if n.strip().lower() == asked.strip().lower()
        ]
        if same:
            return same[0], []
        near = difflib.get_close_matches(asked, names, n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(repr(name) for name in near)}? It" if near else "it"
        raise InputError(f"{what} has no column {asked!r}; {hint} has {list_names(names, 20)}.")
    found = [name for name in names if name.strip().lower() in TARGET_NAMES]
    if len(found) == 1:
        return found[0], [
            f"Guessed target: column {found[0]!r} was taken as the target; name another with target_column."
        ]
    many = "several columns could be the target" if found else "no column is plainly the target"
    raise InputError(f"In {what} {many}; name it with target_column, one of {list_names(found or names, 20)}.")


@dataclass
class _Roles:
    """Columns that are not inputs."""

    used: set[str] = field(default_factory=set)
    groups: NDArray[Any] | None = None
    time: NDArray[Any] | None = None
    given: NDArray[np.int8] | None = None
    notes: list[str] = field(default_factory=list)

    def use(self, column: Column, note: str) -> None:
        self.used.add(column.name)
        self.notes.append(note)


def _find_roles(columns: list[Column], given: NDArray[np.int8] | None) -> _Roles:
    roles = _Roles(given=given)
    for column in columns:
        name, distinct, rows = snake(column.name), column.distinct(), len(column.values)
        names_entities = GROUP_NAME.fullmatch(name) is not None and _is_whole(column)
        if names_entities and distinct < MIN_GROUPS:
            few = f"column {column.name!r} has {distinct} different values, too few to split by"
            roles.notes.append(f"Not split by group: {few}; it is an input.")
        elif names_entities and distinct < rows and roles.groups is None:
            roles.groups = column.values.astype(str)
            roles.use(column, f"Split by group: column {column.name!r} names {distinct} entities and is no input.")
        elif TIME_NAME.fullmatch(name) and column.kind != "category" and distinct >= MIN_GROUPS and roles.time is None:
            roles.time = column.values
            roles.use(column, f"Split by time: column {column.name!r} orders the rows and is no input.")
        elif PART_NAME.fullmatch(name) and given is None and (parts := _read_parts(column)) is not None:
            roles.given = parts
            roles.use(column, f"Given parts: column {column.name!r} says which rows are train and test.")
        elif _is_id(column, name, distinct, rows):
            roles.use(column, f"Identifier: column {column.name!r} only numbers or names the rows and was left out.")
    return roles


def _is_id(column: Column, name: str, distinct: int, rows: int) -> bool:
    named = ID_NAME.fullmatch(name) or GROUP_NAME.fullmatch(name)
    return named is not None and _is_whole(column) and distinct >= MOSTLY * rows


def _is_whole(column: Column) -> bool:
    """True for text and for whole numbers: what names of things look like."""
    if column.kind == "number":
        return bool((column.values[~column.absent()] % 1 == 0).all())
    return column.kind == "category"


def _read_parts(column: Column) -> NDArray[np.int8] | None:
    """Codes of a column of part names; None when it holds anything else, or no train rows."""
    if column.kind != "category":
        return None
    codes = [PARTS.get(str(value).lower()) for value in column.values]
    if None in codes or TRAIN not in codes or len(set(codes)) < 2:
        return None
    return np.array(codes, dtype=np.int8)


def snake(name: str) -> str:
    """`PatientId` and `Patient ID` as `patient_id`: the form that the patterns above are for."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|[ .-]+", "_", name.strip()).lower()


def _typed_columns(table: Table, target: str, notes: list[str]) -> list[Column]:
    """The input columns that hold anything readable; the others are named in `notes`."""
    columns: list[Column] = []
    unusable: list[str] = []
    empty: list[str] = []
    for position, name in enumerate(map(str, table.frame.columns)):
        if name == target:
            continue
        column = type_column(name, table.frame.iloc[:, position], decimal_comma=table.decimal_comma)
        if column is None:
            unusable.append(name)
        elif column.distinct() == 0:
            empty.append(name)
        else:
            columns.append(column)
            notes += column.notes
    notes += [f"Unusable columns: {list_names(unusable)} hold lists, records or bytes, left out."] if unusable else []
    notes += [f"Empty columns: {list_names(empty)} left out."] if empty else []
    return columns


def _as_features(columns: list[Column], hint: str) -> tuple[Features, list[str]]:
    """One signal or image when all columns are numbers with numbered names and look like it; a text; else a table."""
    prefixes = {re.sub(r"\d+(x\d+)?$", "", column.name) for column in columns}
    numbered = len(prefixes) == 1 and all(re.search(r"\d$", column.name) for column in columns)
    if numbered and len(columns) >= MIN_SIGNAL_COLUMNS and all(column.kind == "number" for column in columns):
        laid_out = lay_out(np.stack([column.values for column in columns], axis=1), hint=hint)
        if laid_out.features.kind != "tabular":
            return laid_out.features, laid_out.notes
    text, notes = as_text(columns)
    return (TableFeatures(columns), []) if text is None else (text, notes)


def _without_missing_times(raw: RawDataset) -> RawDataset:
    if raw.time is None:
        return raw
    absent = np.isnat(raw.time) if raw.time.dtype.kind == "M" else ~np.isfinite(raw.time)
    if not absent.any():
        return raw
    if absent.mean() > 0.5:
        return replace(raw, time=None, warnings=[*raw.warnings, "Not split by time: most rows have no time."])
    note = f"Missing times: {int(absent.sum())} row(s) without a time were left out."
    return replace(raw.take(np.flatnonzero(~absent)), warnings=[*raw.warnings, note])
