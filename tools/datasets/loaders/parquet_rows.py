"""Chosen rows of Parquet files, one row group in memory at a time."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from runtime.errors import InputError
from tools.datasets.raw import Rows, reason

BROKEN = (pa.ArrowException, OSError, UnicodeDecodeError)


def read_rows(
    files: Sequence[pq.ParquetFile], rows: Rows, columns: list[str] | None = None
) -> Iterator[tuple[Rows, pa.Table]]:
    """Row numbers (counted over all files, ascending) and their values, group by group."""
    start = 0
    for file in files:
        for group in range(file.num_row_groups):
            count = file.metadata.row_group(group).num_rows
            here = rows[np.searchsorted(rows, start) : np.searchsorted(rows, start + count)]
            if len(here):
                yield here, _read_group(file, group, columns).take(pa.array(here - start))
            start += count


def read_column(files: Sequence[pq.ParquetFile], name: str) -> NDArray[np.object_]:
    """All values of one column, as objects."""
    tables = [_read_group(file, group, [name]) for file in files for group in range(file.num_row_groups)]
    return np.concatenate([pd.Series(table.column(0).to_pandas()).to_numpy(dtype=object) for table in tables])


def _read_group(file: pq.ParquetFile, group: int, columns: list[str] | None) -> pa.Table:
    try:
        table = file.read_row_group(group, columns=columns)
        table.validate(full=True)
    except BROKEN as error:
        raise InputError(f"A Parquet file can't be read ({reason(error)}); fetch it again.") from error
    return table
