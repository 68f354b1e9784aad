"""Image columns of Parquet and Arrow files (a struct with the encoded `bytes`, as on the Hugging Face hub)."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from runtime.errors import InputError
from tools.datasets.array_features import ArrayFeatures
from tools.datasets.labels import is_missing
from tools.datasets.loaders.pictures import stack_pictures
from tools.datasets.loaders.row_blocks import RowBlocks
from tools.datasets.raw import LoadRequest, RawDataset, Rows
from tools.datasets.sampling import limit_rows, limit_warning

LABELS = ("label", "labels", "fine_label", "target", "class")


def image_column(schema: pa.Schema) -> str | None:
    """The first column of encoded images."""
    for field in schema:
        struct_of_bytes = pa.types.is_struct(field.type) and field.type.get_field_index("bytes") >= 0
        if struct_of_bytes or (pa.types.is_binary(field.type) and field.name.lower() in ("image", "img")):
            return str(field.name)
    return None


def images_dataset(
    blocks: RowBlocks,
    given: NDArray[np.int8] | None,
    class_names: dict[str, list[str]],
    request: LoadRequest,
) -> RawDataset:
    """Decode the images of the rows that are used (`max_rows` is applied first), a row group at a time."""
    names, what = blocks.schema.names, request.what
    image = str(image_column(blocks.schema))
    label = request.target_column or next((name for name in LABELS if name in names), None)
    if label is None or label not in names or label == image:
        raise InputError(f"{what} has the columns {', '.join(names)}; name that of the classes with target_column.")
    target = blocks.read_column(label)
    if not is_missing(target).any():
        target = np.array(target.tolist())
    rows = limit_rows(target, given, request.max_rows, request.seed)
    warnings = limit_warning(len(rows), len(target))
    pictures = stack_pictures(_Encoded(blocks, image, rows), what)
    rows = rows[pictures.readable]
    return RawDataset(
        ArrayFeatures(pictures.values, "image"),
        target[rows],
        "parquet",
        target_name=label,
        class_names=class_names.get(label),
        given=None if given is None else given[rows],
        warnings=warnings + pictures.warnings,
    )


class _Encoded:
    """Name and encoded image of each chosen row, read anew each time it is iterated."""

    def __init__(self, blocks: RowBlocks, column: str, rows: Rows) -> None:
        self.blocks, self.column, self.rows = blocks, column, rows

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[tuple[str, bytes]]:
        for rows, table in self.blocks.read_rows(self.rows, [self.column]):
            for row, value in zip(rows, table.column(0), strict=True):
                encoded = value.as_py()
                encoded = encoded.get("bytes") if isinstance(encoded, dict) else encoded
                yield f"row {row}", encoded or b""
