"""Leaves the trained model in the scratch folder as data: float32 weights and a graph free of generated Python."""

from pathlib import Path
from typing import Any

import numpy
import torch
from numpy.typing import NDArray

from runtime.harness.failure import ContractError
from runtime.harness.inference import alike, check_output, check_rows_apart, fill_batch
from runtime.harness.quantize import Arrays, pack, quantize
from runtime.harness.spec import BATCH, QuantizationBits


def split_state(model: torch.nn.Module) -> tuple[Arrays, dict[str, str]]:
    """(arrays by name, tied name to owner): parameters and persistent buffers, floats as float32."""
    arrays: Arrays = {}
    shared: dict[str, str] = {}
    owners: dict[tuple[Any, ...], str] = {}
    for name, tensor in model.state_dict().items():
        if not isinstance(tensor, torch.Tensor):
            raise ContractError(f"state_dict()[{name!r}] must be a tensor: keep other state out of it")
        if tensor.is_complex():
            raise ContractError(f"the weight {name!r} is complex: store its real and imaginary parts")
        value = tensor.detach().cpu()
        key = (value.data_ptr(), tuple(value.shape), value.stride(), value.dtype)
        if value.numel() and key in owners:
            shared[name] = owners[key]
            continue
        owners[key] = name
        arrays[name] = (value.float() if value.is_floating_point() else value).contiguous().numpy().copy()
    return arrays, shared


def load_quantized(model: torch.nn.Module, arrays: Arrays) -> None:
    """Put dequantized arrays back into `model`, in place."""
    tensors = {name: torch.from_numpy(numpy.array(values)) for name, values in arrays.items()}
    state = model.state_dict()
    with torch.no_grad():
        for name, tensor in tensors.items():
            state[name].copy_(tensor)


def save_weights(arrays: Arrays, shared: dict[str, str], path: Path) -> None:
    """Write float32 weights; the trusted side quantizes them itself."""
    bits: QuantizationBits = 32
    path.write_bytes(pack(quantize(arrays, bits), shared, bits))


def export_graph(model: torch.nn.Module, rows: NDArray[Any], path: Path) -> None:
    """Export the CPU model in eval mode for one fixed batch, reload it and compare the answers.

    Raises `ContractError` when the reloaded graph answers differently or the model mixes rows, and whatever
    `torch.export` raises when the model can't be traced.
    """
    batch = torch.from_numpy(fill_batch(numpy.array(rows[:BATCH])))
    with torch.no_grad():
        expected = check_output(model(batch))
        torch.export.save(torch.export.export(model, (batch,), strict=False), path)
        again = check_output(torch.export.load(path).module()(batch))
    if not alike(expected, again):
        raise ContractError(
            f"the exported graph answers differently from the model (by {numpy.abs(expected - again).max():.3g}): "
            "forward must depend on its input and weights alone"
        )
    check_rows_apart(model, rows)
