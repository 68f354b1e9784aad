"""Chosen rows of Parquet or Arrow files, one block in memory at a time."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from runtime.errors import InputError
from tools.datasets.raw import Rows, reason

BROKEN = (pa.ArrowException, OSError, UnicodeDecodeError)


class RowBlocks(Protocol):
    """Rows of one schema, counted over all files."""

    schema: pa.Schema

    def __len__(self) -> int: ...

    def bytes(self) -> int:
        """What all values take in memory, about."""
        ...

    def read_rows(self, rows: Rows, columns: list[str] | None = None) -> Iterator[tuple[Rows, pa.Table]]:
        """Row numbers (of `rows`, which ascend) and their values, block by block."""
        ...

    def read_column(self, name: str) -> NDArray[np.object_]:
        """All values of one column, as objects."""
        ...


class ParquetBlocks:
    """Parquet files, a row group at a time."""

    def __init__(self, files: Sequence[pq.ParquetFile]) -> None:
        self.schema: pa.Schema = files[0].schema_arrow
        self._groups = [(file, group) for file in files for group in range(file.num_row_groups)]

    def __len__(self) -> int:
        return sum(file.metadata.row_group(group).num_rows for file, group in self._groups)

    def bytes(self) -> int:
        return sum(file.metadata.row_group(group).total_byte_size for file, group in self._groups)

    def read_rows(self, rows: Rows, columns: list[str] | None = None) -> Iterator[tuple[Rows, pa.Table]]:
        start = 0
        for file, group in self._groups:
            count = file.metadata.row_group(group).num_rows
            here = _between(rows, start, start + count)
            if len(here):
                yield here, _read_group(file, group, columns).take(pa.array(here - start))
            start += count

    def read_column(self, name: str) -> NDArray[np.object_]:
        return _objects([_read_group(file, group, [name]) for file, group in self._groups])


class ArrowBlocks:
    """Files of Arrow's stream format, mapped into memory; pages are read when they are asked for."""

    def __init__(self, files: Sequence[Path]) -> None:
        self._tables = [_open_arrow(file) for file in files]
        self.schema: pa.Schema = self._tables[0].schema

    def __len__(self) -> int:
        return sum(table.num_rows for table in self._tables)

    def bytes(self) -> int:
        return sum(table.nbytes for table in self._tables)

    def read_rows(self, rows: Rows, columns: list[str] | None = None) -> Iterator[tuple[Rows, pa.Table]]:
        start = 0
        for table in self._tables:
            wanted = table if columns is None else table.select(columns)
            for batch in wanted.to_batches():
                here = _between(rows, start, start + batch.num_rows)
                if len(here):
                    yield here, pa.Table.from_batches([batch]).take(pa.array(here - start))
                start += batch.num_rows

    def read_column(self, name: str) -> NDArray[np.object_]:
        return _objects([table.select([name]) for table in self._tables])


def _between(rows: Rows, start: int, end: int) -> Rows:
    return rows[np.searchsorted(rows, start) : np.searchsorted(rows, end)]


def _objects(tables: list[pa.Table]) -> NDArray[np.object_]:
    return np.concatenate([pd.Series(table.column(0).to_pandas()).to_numpy(dtype=object) for table in tables])


def _read_group(file: pq.ParquetFile, group: int, columns: list[str] | None) -> pa.Table:
    try:
        table = file.read_row_group(group, columns=columns)
        table.validate(full=True)
    except BROKEN as error:
        raise InputError(f"A Parquet file can't be read ({reason(error)}); fetch it again.") from error
    return table


def _open_arrow(file: Path) -> pa.Table:
    try:
        return pa.ipc.open_stream(pa.memory_map(str(file))).read_all()
    except BROKEN as error:
        raise InputError(f"{file} can't be read ({reason(error)}); delete it and fetch the dataset again.") from error
