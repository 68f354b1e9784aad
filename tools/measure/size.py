"""Quantizes what the box left, on the trusted side, and counts the model: real bytes and the seed's formula."""

import zipfile
from pathlib import Path

import numpy
from safetensors import SafetensorError
from safetensors.numpy import load

from runtime.harness.quantize import Arrays, pack, quantize, read_shared
from runtime.harness.spec import QuantizationBits
from tools.measure.untrusted import UntrustedFileError, read_bytes
from tools.results.record import ModelSize
from tools.results.writing import write_atomically

MAX_TENSORS = 10_000
MAX_STRUCTURE = 32 * 2**20
"""Bytes of a graph's own description; a model that hides its knowledge there is refused."""
_PLAIN = (".json", "archive_format", "archive_version", "byteorder", ".data/version", ".data/serialization_id")


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
    """Write the quantized weights to `model` and count them, with the constants that `graph` carries besides.

    Raises `UntrustedFileError` for malformed files, and `DiskFull`.
    """
    packed, parameters = quantize_file(weights, bits)
    write_atomically(model, packed)
    constants = graph_constants(graph) if graph is not None else 0
    return ModelSize(
        parameters=parameters,
        quantization_bits=bits,
        real_bytes=len(packed) + constants,
        formula_kb=formula_kb(parameters, bits),
    )


def graph_constants(graph: Path) -> int:
    """Bytes of the tensors in an exported graph that are not weights: buffers left out of the state, lifted constants.

    Reads the archive's directory only. Weights are not counted, because every one of them is replaced by the quantized
    file; the sample input is not, because the graph never reads it. Anything unknown is. Raises `UntrustedFileError`.
    """
    read_bytes(graph)
    try:
        with zipfile.ZipFile(graph) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise UntrustedFileError(f"{graph.name} is not an exported graph") from error
    counted = structure = 0
    for entry in entries:
        inside = entry.filename.partition("/")[2]
        if inside.endswith(_PLAIN):
            structure += entry.file_size
        elif not inside.startswith(("data/weights/", "data/sample_inputs/")):
            counted += entry.file_size
    if structure > MAX_STRUCTURE:
        raise UntrustedFileError(
            f"the description of {graph.name} takes {structure} bytes, and {MAX_STRUCTURE} is the most"
        )
    return counted


def _check_values(arrays: Arrays, shared: dict[str, str]) -> None:
    for name, values in arrays.items():
        if values.dtype.kind not in "fiub":
            raise UntrustedFileError(f"the weight {name[:80]!r} has the type {values.dtype}")
        if values.dtype.kind == "f" and not numpy.isfinite(values).all():
            raise UntrustedFileError(f"the weight {name[:80]!r} holds NaN or infinite values: the training diverged")
    missing = [owner for owner in shared.values() if owner not in arrays]
    if missing:
        raise UntrustedFileError(f"a weight is tied to {missing[0][:80]!r}, which is not in the file")
