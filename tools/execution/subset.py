"""The rows that a smoke run or a tuning trial sees: fixed by the seed, every class present, cached on disk."""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy
from numpy.typing import NDArray

from runtime.data_profile import PreparedData

PARTS = ("train", "val")


def input_files(data: PreparedData, rows: int | None, seed: int) -> dict[str, Path]:
    """Paths of X_train, y_train, X_val and y_val: the whole split, or at most `rows` rows of each part.

    The subset is written once, to `{data.folder}/subsets/{rows}-{seed}`; two processes may ask at the same time.
    """
    folder = Path(data.folder)
    whole = rows is None or rows >= max(data.train_count, data.val_count)
    place = folder if whole or rows is None else _subset_folder(data, rows, seed)
    return {f"{name}_{part}": place / f"{name}_{part}.npy" for part in PARTS for name in "Xy"}


def _subset_folder(data: PreparedData, rows: int, seed: int) -> Path:
    folder = Path(data.folder)
    place = folder / "subsets" / f"{rows}-{seed}"
    if place.is_dir():
        return place
    place.parent.mkdir(exist_ok=True)
    draft = Path(tempfile.mkdtemp(dir=place.parent, prefix="draft-"))
    for part in PARTS:
        labels = numpy.load(folder / f"y_{part}.npy", mmap_mode="r", allow_pickle=False)
        chosen = choose_rows(labels, rows, data.profile.task_type == "classification", seed)
        for name in "Xy":
            values = numpy.load(folder / f"{name}_{part}.npy", mmap_mode="r", allow_pickle=False)
            numpy.save(draft / f"{name}_{part}.npy", values[chosen])
    draft.chmod(0o755)
    try:
        os.rename(draft, place)  # noqa: PTH104  atomic; an existing folder with files makes it fail
    except OSError:
        if not place.is_dir():
            raise
        shutil.rmtree(draft)
    return place


def choose_rows(labels: NDArray[Any], rows: int, stratify: bool, seed: int) -> NDArray[Any]:
    """Sorted indices of at most `rows` rows; stratified, each class keeps its share and at least one row."""
    random = numpy.random.default_rng(seed)
    if rows >= len(labels):
        return numpy.arange(len(labels))
    if not stratify:
        return numpy.sort(random.choice(len(labels), rows, replace=False))
    values, counts = numpy.unique(labels, return_counts=True)
    quota = numpy.maximum(1, numpy.floor(counts * rows / len(labels))).astype(int)
    while quota.sum() > rows and quota.max() > 1:
        quota[quota.argmax()] -= 1
    for index in numpy.argsort(-counts)[: max(0, rows - int(quota.sum()))]:
        quota[index] = min(counts[index], quota[index] + 1)
    picked = [
        random.choice(numpy.flatnonzero(labels == value), size, replace=False)
        for value, size in zip(values, quota, strict=True)
    ]
    return numpy.sort(numpy.concatenate(picked))
