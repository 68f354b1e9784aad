"""Quantizes what the box left, on the trusted side, and counts the model: real bytes and the seed's formula."""

from pathlib import Path

import numpy
from safetensors import SafetensorError
from safetensors.numpy import load

from runtime.harness.quantize import Arrays, pack, quantize, read_shared
from runtime.harness.spec import QuantizationBits
from tools.measure.graph import rewrite_graph
from tools.measure.untrusted import UntrustedFileError, read_bytes
from tools.results.record import ModelSize
from tools.results.writing import write_atomically

MAX_TENSORS = 10_000


def formula_kb(parameters: int, bits: int) -> float:
    """The seed's size: parameters x bits/8 x 1.1 / 1024, in KB."""
    return parameters * bits / 8 * 1.1 / 1024


def quantize_file(weights: Path, bits: QuantizationBits) -> tuple[bytes, int]:
    """(the packed quantized model, its number of float values, buffers included) from untrusted float32 weights.

    Raises `UntrustedFileError` when the file is not a safetensors file of finite values.
    """
    content = read_bytes(weights)
    try:
        arrays: Arrays = load(content)
        shared = read_shared(content)
        if len(arrays) > MAX_TENSORS or len(shared) > MAX_TENSORS:
            raise UntrustedFileError(f"{weights.name} holds more than {MAX_TENSORS} tensors")
        _check_values(arrays, shared)
        packed = pack(quantize(arrays, bits), shared, bits)
    except (SafetensorError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise UntrustedFileError(f"{weights.name} can't be read as weights: {str(error)[:200]}") from error
    floats = sum(array.size for array in arrays.values() if array.dtype.kind == "f")
    return packed, floats


def measure_size(weights: Path, bits: QuantizationBits, model: Path, graph: Path | None = None) -> ModelSize:
    """Write the quantized weights to `model` and count them, with what `graph` carries besides.

    The graph is replaced by its clean copy. Raises `UntrustedFileError` for malformed files, and `DiskFull`.
    """
    packed, parameters = quantize_file(weights, bits)
    write_atomically(model, packed)
    extra = 0
    if graph is not None:
        clean, extra = rewrite_graph(read_bytes(graph))
        write_atomically(graph, clean)
    return ModelSize(
        parameters=parameters,
        quantization_bits=bits,
        real_bytes=len(packed) + extra,
        formula_kb=formula_kb(parameters, bits),
    )


def _check_values(arrays: Arrays, shared: dict[str, str]) -> None:
    for name, values in arrays.items():
        if values.dtype.kind not in "fiub":
            raise UntrustedFileError(f"the weight {name[:80]!r} has the type {values.dtype}")
        if values.dtype.kind == "f" and not numpy.isfinite(values).all():
            raise UntrustedFileError(f"the weight {name[:80]!r} holds NaN or infinite values: the training diverged")
    missing = [owner for owner in shared.values() if owner not in arrays]
    if missing:
        raise UntrustedFileError(f"a weight is tied to {missing[0][:80]!r}, which is not in the file")
