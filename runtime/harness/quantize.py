"""Weights in 8, 16 or 32 bits, in one safetensors file. NumPy only: the box and the trusted side run the same lines.

8 bits: each matrix or kernel is int8 with one fp16 scale for each channel of its first axis, symmetric, as in
Krishnamoorthi, "Quantizing deep convolutional networks for efficient inference", 2018; vectors (biases, norms) are
fp16. 16 bits: fp16.
What fp16 can't hold keeps 32 bits: the too large, the too small, and lone numbers, such as a target's mean, whose
rounding nothing evens out. Integers and booleans keep their own type.
"""

import json
from collections.abc import Mapping
from typing import Any

import numpy
from numpy.typing import NDArray
from safetensors.numpy import load, save

from runtime.harness.spec import QuantizationBits

Array = NDArray[Any]
Arrays = dict[str, Array]
SCALE = "::scale"
"""The suffix of a scale's name; a weight may not end in it."""
_METADATA = "arxla"
"""The one metadata key (several would be written in any order, and hashes would differ): JSON with bits and shared."""
_LARGEST_HALF = 65504.0
_SMALLEST_HALF = 2.0**-14
"""The least number that fp16 holds at its full precision."""


def quantize(weights: Mapping[str, Array], bits: QuantizationBits) -> Arrays:
    """The arrays to store. Raises `ValueError` for a name that looks like a scale."""
    stored: Arrays = {}
    for name, values in weights.items():
        if name.endswith(SCALE):
            raise ValueError(f"a weight may not be named {name!r}")
        values = numpy.ascontiguousarray(values).reshape(values.shape)
        if values.dtype.kind != "f" or bits == 32 or values.size == 0:
            stored[name] = values.astype(numpy.float32) if values.dtype.kind == "f" else values
        elif bits == 8 and values.ndim >= 2 and (pair := _channels(values)) is not None:
            stored[name], stored[name + SCALE] = pair
        else:
            stored[name] = _half(values)
    return stored


def dequantize(stored: Mapping[str, Array]) -> Arrays:
    """Float32 weights (and integers as they are) from what `quantize` made; raises `ValueError` on a misfit scale."""
    weights: Arrays = {}
    for name, values in stored.items():
        if name.endswith(SCALE):
            continue
        scale = stored.get(name + SCALE)
        if scale is not None:
            if scale.shape != values.shape[:1]:
                raise ValueError(f"the scale of {name!r} has shape {scale.shape}, not {values.shape[:1]}")
            column = scale.astype(numpy.float32).reshape(-1, *[1] * (values.ndim - 1))
            weights[name] = values.astype(numpy.float32) * column
        else:
            weights[name] = values.astype(numpy.float32) if values.dtype.kind == "f" else values
    return weights


def pack(stored: Arrays, shared: Mapping[str, str], bits: int) -> bytes:
    """A safetensors file; `shared` maps each tied name to the one whose values are stored."""
    facts = {"bits": bits, **({"shared": dict(shared)} if shared else {})}
    return bytes(save(stored, metadata={_METADATA: json.dumps(facts, separators=(",", ":"), sort_keys=True)}))


def unpack(content: bytes) -> Arrays:
    """Every weight of a packed model, dequantized, tied names included. Raises `ValueError` on a bad alias."""
    weights = dequantize(load(content))
    for alias, owner in read_shared(content).items():
        if owner not in weights:
            raise ValueError(f"{alias!r} is tied to {owner!r}, which is not in the file")
        weights[alias] = weights[owner]
    return weights


def read_shared(content: bytes) -> dict[str, str]:
    """The tied names of a safetensors file, from its header's metadata; raises `ValueError` when it is not one."""
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    facts = json.loads(header.get("__metadata__", {}).get(_METADATA, "{}"))
    found = facts.get("shared", {}) if isinstance(facts, dict) else None
    if not isinstance(found, dict) or not all(isinstance(owner, str) for owner in found.values()):
        raise ValueError("the tied names of the weights file are not a map of names")
    return found


def _channels(values: Array) -> tuple[Array, Array] | None:
    """(int8, fp16 scale) over the first axis, or None when a scale does not fit fp16."""
    flat = values.astype(numpy.float32).reshape(values.shape[0], -1)
    largest = numpy.abs(flat).max(axis=1)
    if not numpy.isfinite(largest).all() or (largest / 127 > _LARGEST_HALF).any():
        return None
    scale = (largest / 127).astype(numpy.float16)
    if ((scale == 0) & (largest > 0)).any():
        return None
    divisor = numpy.where(scale == 0, 1, scale).astype(numpy.float32)[:, None]
    codes = numpy.clip(numpy.rint(flat / divisor), -127, 127).astype(numpy.int8)
    return codes.reshape(values.shape), scale


def _half(values: Array) -> Array:
    wide = values.astype(numpy.float32)
    largest = numpy.abs(wide).max()
    holds = largest == 0 or _SMALLEST_HALF <= largest <= _LARGEST_HALF
    return wide.astype(numpy.float16) if values.ndim and holds else wide
