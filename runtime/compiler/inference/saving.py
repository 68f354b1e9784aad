"""A trained engine as a file: plain arrays and text. No pickle is read, so a file from anywhere can do no harm."""

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from runtime.compiler.inference.network import packed, unpacked
from runtime.errors import InputError

VERSION = 2


def save(path: Path, arrays: dict[str, NDArray[Any]], facts: dict[str, Any]) -> None:
    """`facts` is what JSON can hold: the vocabulary, the kinds, the temperature, what was measured."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"version": VERSION, **facts}, sort_keys=True).encode()
    with path.open("wb") as file:
        held: dict[str, Any] = {"facts": np.frombuffer(text, dtype=np.uint8), **packed(arrays)}
        np.savez_compressed(file, **held)


def load(path: Path) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """Raises `InputError` when it is no such file."""
    try:
        with np.load(path, allow_pickle=False) as file:
            held = {name: file[name] for name in file.files}
        facts = json.loads(held.pop("facts").tobytes())
        if facts["version"] != VERSION:
            raise InputError(
                f"{path} is a type-inference model of version {facts['version']}, not {VERSION}: delete it, or make it "
                "again with `arxla learn types --from-scratch`."
            )
        arrays = unpacked(held)
        members, width, kinds = arrays["out"].shape
        shapes = {
            "embedding": (len(facts["vocabulary"]), members * width),
            "bias": (members * width,),
            "out": (members, width, len(facts["kinds"])),
            "out_bias": (members, kinds),
        }
        fits = {name: value.shape for name, value in arrays.items()} == shapes
        if not fits or not all(np.isfinite(value).all() for value in arrays.values()) or facts["temperature"] <= 0:
            raise InputError(f"{path} does not fit together: delete it, or make it again with `arxla learn types`.")
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile, AttributeError) as fault:
        raise InputError(f"{path} is no type-inference model that `arxla learn types` wrote: {fault}.") from fault
    return arrays, facts
