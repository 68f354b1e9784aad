"""Parquet files and folders of them, as the Hugging Face hub lays them out: tables, or images with labels."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from runtime.errors import InputError
from tools.datasets.loaders.parquet_images import image_column, images_dataset
from tools.datasets.loaders.parquet_rows import BROKEN, read_column, read_rows
from tools.datasets.raw import TEST, TRAIN, VAL, LoadRequest, RawDataset, check_size, reason
from tools.datasets.sampling import limit_rows, limit_warning
from tools.datasets.tables import Table, find_target, table_dataset

PART_OF_FILE = re.compile(r"(?:^|[-_.])(train|test|validation|valid|val|dev)(?:[-_.]|$)")
PARTS = {"train": TRAIN, "test": TEST, "validation": VAL, "valid": VAL, "val": VAL, "dev": VAL}


def load_parquet(request: LoadRequest) -> RawDataset:
    """One Parquet file."""
    return _load([request.existing_path()], request)


def load_parquet_folder(request: LoadRequest) -> RawDataset:
    """All Parquet files below a folder; `train`, `validation` and `test` in their names say the part."""
    return _load(sorted(request.existing_path().rglob("*.parquet")), request)


def _load(paths: list[Path], request: LoadRequest) -> RawDataset:
    files = [_open(path) for path in paths]
    schema = files[0].schema_arrow
    for path, file in zip(paths, files, strict=True):
        if file.schema_arrow.names != schema.names:
            raise InputError(f"{path} and {paths[0]} have different columns; give files of one dataset.")
    parts = np.concatenate(
        [np.full(file.metadata.num_rows, _part_of(path), np.int8) for path, file in zip(paths, files, strict=True)]
    )
    if len(parts) == 0:
        raise InputError(f"{request.existing_path()} holds no rows.")
    given = parts if len(np.unique(parts)) > 1 and (parts == TRAIN).any() else None
    names = _class_names(schema)
    if image_column(schema):
        return images_dataset(files, given, names, request)
    target, _ = find_target(list(schema.names), request.target_column, str(request.existing_path()))
    rows = np.arange(len(parts))
    if request.max_rows is not None:
        rows = limit_rows(read_column(files, target), given, request.max_rows, request.seed)
    check_size(len(rows), len(schema.names), str(request.existing_path()))
    frame = pd.concat(
        [block.replace_schema_metadata(None).to_pandas() for _, block in read_rows(files, rows)], ignore_index=True
    )
    table = Table(frame, "parquet", None if given is None else given[rows], names)
    table.warnings += limit_warning(len(rows), len(parts))
    return table_dataset(table, request)


def _open(path: Path) -> pq.ParquetFile:
    try:
        file = pq.ParquetFile(path)
        if not file.schema_arrow.names:
            raise InputError(f"{path} holds no columns.")
    except BROKEN as error:
        raise InputError(f"{path} can't be read as Parquet ({reason(error)}).") from error
    return file


def _part_of(path: Path) -> int:
    match = PART_OF_FILE.search(path.name.lower())
    return PARTS[match.group(1)] if match else TRAIN


def _class_names(schema: pa.Schema) -> dict[str, list[str]]:
    """Names of integer labels, from the hub's metadata."""
    try:
        features: dict[str, Any] = json.loads(schema.metadata[b"huggingface"])["info"]["features"]
        return {name: [str(n) for n in kind["names"]] for name, kind in features.items() if "names" in kind}
    except (KeyError, TypeError, ValueError, AttributeError):
        return {}
