"""Parquet files and folders of them, as the Hugging Face hub lays them out: tables, or images with labels."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from runtime.errors import InputError
from tools.datasets.hub.known import files_by_part
from tools.datasets.loaders.parquet_images import image_column, images_dataset
from tools.datasets.loaders.row_blocks import BROKEN, ParquetBlocks, RowBlocks
from tools.datasets.raw import TEST, TRAIN, VAL, LoadRequest, RawDataset, check_bytes, check_size, reason
from tools.datasets.sampling import limit_rows, limit_warning
from tools.datasets.tables import Table, find_target, table_dataset

PARTS = {"train": TRAIN, "validation": VAL, "test": TEST}


def load_parquet(request: LoadRequest) -> RawDataset:
    """One Parquet file."""
    return _load({"train": [request.existing_path()]}, request)


def load_parquet_folder(request: LoadRequest) -> RawDataset:
    """All Parquet files below a folder; `train`, `validation` and `test` in their names say the part."""
    return _load(files_by_part(request.existing_path()), request)


def _load(paths: dict[str, list[Path]], request: LoadRequest) -> RawDataset:
    files = {path: _open(path) for part in PARTS for path in paths.get(part, [])}
    first, *others = files
    for path in others:
        if files[path].schema_arrow.names != files[first].schema_arrow.names:
            raise InputError(f"{path} and {first} have different columns; give files of one dataset.")
    counts = {part: sum(files[path].metadata.num_rows for path in paths.get(part, [])) for part in PARTS}
    return blocks_dataset(ParquetBlocks(list(files.values())), counts, request)


def blocks_dataset(blocks: RowBlocks, counts: dict[str, int], request: LoadRequest) -> RawDataset:
    """A table, or images with labels; `counts` are the rows of train, validation and test, which follow each other."""
    if len(blocks) == 0:
        raise InputError(f"{request.what} holds no rows.")
    parts = np.concatenate([np.full(counts.get(part, 0), code, np.int8) for part, code in PARTS.items()])
    given = parts if len(np.unique(parts)) > 1 and (parts == TRAIN).any() else None
    names = _class_names(blocks.schema)
    if image_column(blocks.schema):
        return images_dataset(blocks, given, names, request)
    return _table(blocks, given, names, request)


def _table(
    blocks: RowBlocks, given: NDArray[np.int8] | None, names: dict[str, list[str]], request: LoadRequest
) -> RawDataset:
    target, _ = find_target(list(blocks.schema.names), request.target_column, request.what)
    rows = np.arange(len(blocks))
    if request.max_rows is not None:
        rows = limit_rows(blocks.read_column(target), given, request.max_rows, request.seed)
    check_size(len(rows), len(blocks.schema.names), request.what)
    check_bytes(blocks.bytes(), len(blocks), len(rows), request.what)
    frame = pd.concat(
        [block.replace_schema_metadata(None).to_pandas() for _, block in blocks.read_rows(rows)], ignore_index=True
    )
    table = Table(frame, "parquet", None if given is None else given[rows], names)
    table.warnings += limit_warning(len(rows), len(blocks))
    return table_dataset(table, request)


def _open(path: Path) -> pq.ParquetFile:
    try:
        file = pq.ParquetFile(path)
        if not file.schema_arrow.names:
            raise InputError(f"{path} holds no columns.")
    except BROKEN as error:
        raise InputError(f"{path} can't be read as Parquet ({reason(error)}).") from error
    return file


def _class_names(schema: pa.Schema) -> dict[str, list[str]]:
    """Names of integer labels, from the hub's metadata."""
    try:
        features: dict[str, Any] = json.loads(schema.metadata[b"huggingface"])["info"]["features"]
        return {name: [str(n) for n in kind["names"]] for name, kind in features.items() if "names" in kind}
    except (KeyError, TypeError, ValueError, AttributeError):
        return {}
