"""A prepared dataset on disk: written whole or not at all, and checked before it is used again."""

import hashlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from runtime.data_profile import PreparedData
from runtime.errors import DiskFull, InputError

RECORD = "prepared.json"
VERSION = 1
ARRAYS = ("X_train", "y_train", "X_val", "y_val", "X_test", "hidden/y_test")


def content_hash(folder: Path) -> str:
    """SHA-256 of the array files, in a fixed order."""
    digest = hashlib.sha256()
    for name in ARRAYS:
        with (folder / f"{name}.npy").open("rb") as file:
            digest.update(name.encode())
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def open_prepared(folder: Path) -> PreparedData:
    """The dataset that `prepare` left in a folder, for a run that goes on.

    Raises `InputError` when there is none or its arrays are not those that were written.
    """
    prepared, _ = _read_record(folder)
    try:
        unchanged = content_hash(folder) == prepared.content_hash
    except OSError:
        unchanged = False
    if not unchanged:
        raise InputError(f"The prepared data in {folder} has been changed or is incomplete; prepare it again.")
    return prepared


def reusable(folder: Path, request: Mapping[str, Any]) -> PreparedData | None:
    """The dataset in a folder if it was made for what is requested and is whole."""
    try:
        _, made_for = _read_record(folder)
        same = all(name in made_for and made_for[name] == value for name, value in request.items())
        return open_prepared(folder) if same else None
    except InputError:
        return None


def write_prepared(
    folder: Path,
    request: Mapping[str, Any],
    arrays: Mapping[str, NDArray[Any]],
    documents: Mapping[str, Any],
    described: Mapping[str, Any],
) -> PreparedData:
    """Write arrays (names of `ARRAYS`), documents and the record beside the folder, then move them into place.

    A document is written as JSON, or as it is when it is bytes.

    `described` holds the fields of `PreparedData` but `folder` and `content_hash`. Raises `DiskFull` when the disk
    refuses, `InputError` when the folder holds something else.
    """
    folder = folder.absolute()
    if folder.exists() and not (folder / RECORD).exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder} is not empty and holds no prepared dataset; choose another folder.")
    partial = folder.with_name(f".{folder.name}.partial")
    try:
        shutil.rmtree(partial, ignore_errors=True)
        (partial / "hidden").mkdir(parents=True)
        (partial / "hidden").chmod(0o700)
        for name in ARRAYS:
            np.save(partial / f"{name}.npy", arrays[name], allow_pickle=False)
        for name, document in documents.items():
            if isinstance(document, bytes):
                (partial / name).write_bytes(document)
            else:
                _write_json(partial / name, document)
        prepared = PreparedData(folder=str(folder), content_hash=content_hash(partial), **described)
        record = {"version": VERSION, "request": dict(request), "prepared": prepared.model_dump(mode="json")}
        _write_json(partial / RECORD, record)
        _move_into_place(partial, folder)
    except OSError as error:
        shutil.rmtree(partial, ignore_errors=True)
        reason = error.strerror or error
        raise DiskFull(f"Can't write {folder} ({reason}): free some space and run `arxla resume`.") from error
    return prepared


def _move_into_place(partial: Path, folder: Path) -> None:
    old = folder.with_name(f".{folder.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.replace(old)
    partial.replace(folder)
    shutil.rmtree(old, ignore_errors=True)


def _write_json(path: Path, document: Any) -> None:
    path.write_text(json.dumps(document, indent=1, allow_nan=False) + "\n", encoding="utf-8")


def _read_record(folder: Path) -> tuple[PreparedData, dict[str, Any]]:
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        prepared = PreparedData.model_validate(record["prepared"])
        version, request = record["version"], record["request"]
    except (OSError, ValueError, KeyError, TypeError, ValidationError) as error:
        raise InputError(f"{folder} holds no prepared dataset; prepare it again.") from error
    if version != VERSION:
        raise InputError(f"The prepared data in {folder} is of another version; prepare it again.")
    return prepared.model_copy(update={"folder": str(folder.absolute())}), request
