"""Pictures in folders: a sub-folder a class, or train and test sub-folders that hold those."""

from pathlib import Path

import numpy as np

from runtime.errors import InputError
from tools.datasets.array_features import ArrayFeatures
from tools.datasets.catalogue import IMAGES
from tools.datasets.loaders.pictures import stack_pictures
from tools.datasets.raw import TEST, TRAIN, VAL, LoadRequest, RawDataset
from tools.datasets.sampling import limit_rows, limit_warning

PARTS = {"train": TRAIN, "training": TRAIN, "val": VAL, "valid": VAL, "validation": VAL, "test": TEST, "testing": TEST}


def load_image_folder(request: LoadRequest) -> RawDataset:
    """Every picture below a class folder belongs to that class; `max_rows` is applied before pictures are decoded."""
    root = request.existing_path()
    part_folders = {folder: PARTS[folder.name.lower()] for folder in _folders(root) if folder.name.lower() in PARTS}
    divided = TRAIN in part_folders.values()
    files: list[Path] = []
    labels: list[str] = []
    parts: list[int] = []
    for parent, part in part_folders.items() if divided else [(root, TRAIN)]:
        for folder in _folders(parent):
            found = [file for file in sorted(folder.rglob("*")) if file.suffix.lower() in IMAGES and file.is_file()]
            files += found
            labels += [folder.name] * len(found)
            parts += [part] * len(found)
    if not files:
        raise InputError(
            f"{root} holds pictures, but no sub-folder with pictures; put each class into a folder of its own."
        )
    target = np.array(labels, dtype=object)
    given = np.array(parts, dtype=np.int8) if len(set(parts)) > 1 else None
    rows = limit_rows(target, given, request.max_rows, request.seed)
    warnings = limit_warning(len(rows), len(files))
    encoded = [(str(files[row].relative_to(root)), files[row]) for row in rows]
    pictures = stack_pictures(encoded, str(root))
    rows = rows[pictures.readable]
    return RawDataset(
        ArrayFeatures(pictures.values, "image"),
        target[rows],
        "image_folder",
        target_name="folder",
        given=None if given is None else given[rows],
        warnings=warnings + pictures.warnings,
    )


def _folders(parent: Path) -> list[Path]:
    return [entry for entry in sorted(parent.iterdir()) if entry.is_dir() and not entry.name.startswith(".")]
