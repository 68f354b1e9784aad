"""Encoded pictures to one array of one bounded size."""

import io
from collections.abc import Iterable, Iterator, Sized
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from runtime.errors import InputError
from tools.datasets.raw import check_size

MAX_SIDE = 64
"""Pixels; small models gain little from more."""
GREY_MODES = ("1", "L", "LA", "I", "I;16", "F")
UNREADABLE = (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError)
PROBE = 500


class EncodedPictures(Sized, Iterable[tuple[str, bytes | Path]], Protocol):
    """Pairs of a name and a file's content or path; iterated twice."""


@dataclass(frozen=True)
class Pictures:
    """`values` is (n, channels, height, width) uint8; `readable` marks which of the pictures asked for are in it."""

    values: NDArray[np.uint8]
    readable: NDArray[np.bool_]
    warnings: list[str]


def stack_pictures(encoded: EncodedPictures, what: str) -> Pictures:
    """Decode, turn upright, make grey or colour alike, and resize all pictures; unreadable ones are named and left out.

    The size is the median of the first pictures, scaled down to at most `MAX_SIDE` pixels a side. Colour when any of
    them has colour.
    """
    height, width, channels, notes = _common_form(encoded, what)
    check_size(len(encoded), channels * height * width, what)
    values = np.empty((len(encoded), channels, height, width), dtype=np.uint8)
    readable = np.zeros(len(encoded), dtype=bool)
    broken = []
    for index, (name, source) in enumerate(encoded):
        try:
            picture = _decode(source).convert("L" if channels == 1 else "RGB")
        except UNREADABLE:
            broken.append(name)
            continue
        if picture.size != (width, height):
            picture = picture.resize((width, height), Image.Resampling.BILINEAR)
        values[index] = np.asarray(picture).reshape(height, width, channels).transpose(2, 0, 1)
        readable[index] = True
    if broken:
        shown = ", ".join(broken[:3]) + (", …" if len(broken) > 3 else "")
        notes.append(f"Unreadable images: {len(broken)} left out ({shown}).")
    return Pictures(values[readable], readable, notes)


def _common_form(encoded: EncodedPictures, what: str) -> tuple[int, int, int, list[str]]:
    """Height, width and channels for all pictures, from the first readable ones."""
    sizes, colour = [], False
    for picture in _readable(encoded):
        sizes.append((picture.height, picture.width))
        colour = colour or picture.mode not in GREY_MODES
        if len(sizes) == PROBE:
            break
    if not sizes:
        raise InputError(f"No picture of {what} can be read.")
    height, width = (float(side) for side in np.median(np.array(sizes), axis=0))
    scale = min(1.0, MAX_SIDE / max(height, width))
    common = max(1, round(height * scale)), max(1, round(width * scale))
    notes = []
    if len(set(sizes)) > 1 or scale < 1:
        notes.append(f"Resized images: all pictures were brought to {common[0]} × {common[1]} pixels.")
    return *common, 3 if colour else 1, notes


def _readable(encoded: EncodedPictures) -> Iterator[Image.Image]:
    for _, source in encoded:
        try:
            yield _decode(source)
        except UNREADABLE:
            continue


def _decode(source: bytes | Path) -> Image.Image:
    with Image.open(io.BytesIO(source) if isinstance(source, bytes) else source) as image:
        image.load()
        upright = ImageOps.exif_transpose(image)
    if upright.mode in ("I", "I;16", "F"):
        deep = np.asarray(upright, dtype=np.float64)
        top = 65535.0 if deep.max() > 255 else 255.0
        return Image.fromarray((deep.clip(0, top) * (255.0 / top)).astype(np.uint8))
    if upright.mode == "P":
        return upright.convert("RGBA").convert("RGB")
    return upright
