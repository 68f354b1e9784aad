"""Text tables (CSV, TSV and their relatives): encoding, separator and header are found by looking."""

import csv
import io
import re
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from runtime.errors import InputError
from tools.datasets.loaders.text_encoding import open_text
from tools.datasets.raw import LoadRequest, RawDataset, reason
from tools.datasets.sampling import limit_warning, sample
from tools.datasets.tables import Table, find_target, table_dataset

SEPARATORS = (";", "\t", "|", ",")
"""Tried in this order when equally good: decimal commas make a file of semicolons look like one of commas."""
PROBE = 1 << 17
MAX_TEXT_BYTES = 300 << 20
CHUNK_ROWS = 50_000
NUMBER = re.compile(r"[-+]?(\d+([.,]\d*)?|[.,]\d+)([eE][-+]?\d+)?")


@dataclass(frozen=True)
class Dialect:
    """How a file is written. `names` are unique, one a column."""

    encoding: str
    separator: str
    names: list[str]
    has_header: bool
    decimal_comma: bool
    skipped_lines: int = 0
    warnings: list[str] = field(default_factory=list)


def load_delimited(request: LoadRequest) -> RawDataset:
    """Read a text table; with `max_rows`, files of any size, keeping only a stratified sample."""
    path = request.existing_path()
    dialect = detect(path)
    notes = list(dialect.warnings)
    if request.max_rows is None:
        if path.stat().st_size > MAX_TEXT_BYTES:
            raise InputError(
                f"{path} has {path.stat().st_size >> 20} MB, more than the {MAX_TEXT_BYTES >> 20} MB of text that are "
                "read whole; ask for fewer rows (max_rows)."
            )
        frame = pd.concat(list(_chunks(path, dialect, notes)), ignore_index=True)
    else:
        frame = _sampled(path, dialect, request, notes)
    return table_dataset(Table(frame, "csv", decimal_comma=dialect.decimal_comma, warnings=notes), request)


def _sampled(path: Path, dialect: Dialect, request: LoadRequest, notes: list[str]) -> pd.DataFrame:
    """Two passes: the labels of all rows, then the rows that were drawn."""
    assert request.max_rows is not None
    target, _ = find_target(dialect.names, request.target_column, str(path))
    labels = np.concatenate([chunk[target].to_numpy(dtype=object) for chunk in _chunks(path, dialect, [])])
    rows = sample(labels, request.max_rows, request.seed)
    notes += limit_warning(len(rows), len(labels))
    kept, start = [], 0
    for chunk in _chunks(path, dialect, notes):
        here = rows[(rows >= start) & (rows < start + len(chunk))] - start
        kept.append(chunk.iloc[here])
        start += len(chunk)
    return pd.concat(kept, ignore_index=True)


def _chunks(path: Path, dialect: Dialect, notes: list[str]) -> Iterator[pd.DataFrame]:
    """The rows as text, in blocks; lines with too many fields are skipped and counted in `notes`."""
    options: dict[str, Any] = {"sep": dialect.separator, "names": dialect.names, "encoding": dialect.encoding}
    options |= {"header": 0 if dialect.has_header else None, "skiprows": dialect.skipped_lines, "index_col": False}
    options |= {"dtype": str, "keep_default_na": False, "on_bad_lines": "warn", "chunksize": CHUNK_ROWS}
    options |= {"skipinitialspace": True} if dialect.separator != r"\s+" else {}
    skipped = 0
    try:
        with pd.read_csv(path, **options) as reader:
            while True:
                with warnings.catch_warnings(record=True) as caught:
                    warnings.simplefilter("always")
                    chunk = next(reader, None)
                skipped += sum(str(warning.message).count("Skipping line") for warning in caught)
                if chunk is None:
                    break
                yield chunk
    except pd.errors.EmptyDataError as error:
        raise InputError(f"{path} holds no rows.") from error
    except (pd.errors.ParserError, UnicodeDecodeError, csv.Error, ValueError) as error:
        why = reason(error)
        if found := re.search(r"EOF inside string starting at row (\d+)", why):
            why = f"a quotation mark that opens after row {found.group(1)} is never closed"
        raise InputError(f"{path} can't be read as a table ({why}).") from error
    if skipped:
        notes.append(f"Malformed lines: {skipped} line(s) with too many fields were left out.")


def detect(path: Path) -> Dialect:
    """Find encoding, separator, header and decimal comma from the first lines."""
    encoding, notes = open_text(path)
    with path.open(encoding=encoding, newline="") as file:
        text = file.read(PROBE)
    if not text.strip():
        raise InputError(f"{path} is empty.")
    if len(text) == PROBE:
        text = text[: text.rfind("\n") + 1] or text
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    skipped = _preamble(text.split("\n"))
    text = "\n".join(text.split("\n")[skipped:])
    if skipped:
        notes.append(f"Preamble: {skipped} line(s) above the table were left out.")
    separator, rows = _best_separator(path, text)
    width = Counter(len(row) for row in rows[1:] or rows).most_common(1)[0][0]
    has_header = not _is_data(rows[0])
    names, more = _names(rows, width, has_header)
    body = rows[1:] if has_header else rows
    commas = separator != "," and any(re.fullmatch(r"[-+]?\d+,\d+", cell.strip()) for row in body for cell in row)
    return Dialect(encoding, separator, names, has_header, commas, skipped, notes + more)


def _preamble(lines: list[str]) -> int:
    """Lines above the table: comments, blank lines and titles, told by having no separator that the table has."""
    body = [line for line in lines[len(lines) // 2 :] if line.strip()] or lines
    counts = {sign: [line.count(sign) for line in body] for sign in SEPARATORS}
    steady = [sign for sign in SEPARATORS if min(counts[sign]) == max(counts[sign]) > 0]
    separator = steady[0] if steady else max(SEPARATORS, key=lambda sign: min(counts[sign]))
    plain = min(counts[separator])
    for count, line in enumerate(lines[:50]):
        comment = line.startswith("#") and not 0 < plain == line.count(separator)
        bare = comment or not line.strip() or re.fullmatch(r"sep=.", line.strip(), re.IGNORECASE)
        if not bare and (plain < 2 or separator in line):
            return count
    return 0


def _best_separator(path: Path, text: str) -> tuple[str, list[list[str]]]:
    """The separator that gives most rows, the first among them, the same number (above one) of fields."""
    best: tuple[tuple[float, ...], str, list[list[str]]] | None = None
    for separator in SEPARATORS:
        try:
            rows = [row for row in csv.reader(io.StringIO(text), delimiter=separator) if any(row)]
        except csv.Error:
            continue
        if not rows:
            continue
        width, count = Counter(len(row) for row in rows).most_common(1)[0]
        if width > 1:
            score = (round(count / len(rows), 1), float(abs(len(rows[0]) - width) <= 1))
            if best is None or score > best[0]:
                best = (score, separator, rows)
    if best is not None:
        return best[1], best[2]
    rows = [line.split() for line in text.splitlines() if line.strip()]
    if len({len(row) for row in rows}) == 1 and len(rows[0]) > 1:
        return r"\s+", rows
    raise InputError(f"{path} has one column only (no separator was found); a table needs inputs and a target.")


def _is_data(row: list[str]) -> bool:
    """A first row is data when all its cells but one are numbers, and they don't just count up as column numbers do."""
    cells = [cell.strip() for cell in row if cell.strip()]
    numbers = [cell for cell in cells if NUMBER.fullmatch(cell)]
    if len(numbers) < max(1, len(cells) - 1):
        return False
    whole = [int(cell) for cell in numbers if cell.isdigit()]
    counting = len(whole) == len(numbers) > 2 and all(b - a == 1 for a, b in pairwise(whole))
    return not counting


def _names(rows: list[list[str]], width: int, has_header: bool) -> tuple[list[str], list[str]]:
    """Unique column names, with the warnings: numbered without a header, blanks and repetitions resolved."""
    if not has_header:
        width = max(width, len(rows[0]))
        note = f"No header: the first line holds data; the columns are named column_0 to column_{width - 1}."
        return [f"column_{index}" for index in range(width)], [note]
    header, notes = [cell.strip().lstrip("# ") for cell in rows[0]], []
    if width == len(header) + 1:
        trailing = all(not row[-1].strip() for row in rows[1:] if len(row) == width)
        header = [*header, ""] if trailing else ["row_names", *header]
    names: list[str] = []
    for index, name in enumerate(header):
        name = name or f"Unnamed: {index}"
        unique, copy = name, 2
        while unique in names:
            unique, copy = f"{name}.{copy}", copy + 1
        if unique != name:
            notes.append(f"Repeated column name: a further {name!r} is called {unique!r}.")
        names.append(unique)
    return names, notes
