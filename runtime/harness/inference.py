"""Predictions of a model that runs on the CPU, in batches of one fixed shape, without labels."""

from collections.abc import Callable
from typing import Any

import numpy
import torch
from numpy.typing import NDArray

from runtime.harness.failure import ContractError
from runtime.harness.spec import BATCH

_TOLERANCE = 1e-3
_KEPT = BATCH // 2
"""Rows that stay when their companions are exchanged."""


def predict(model: Callable[[torch.Tensor], Any], rows: NDArray[Any]) -> NDArray[Any]:
    """Outputs for `rows` (n, …) as float32 (n, …): each call sees exactly `BATCH` rows, the last ones repeated to fill.

    Raises `ContractError` when the model does not answer one floating tensor with a row for each sample.
    """
    parts = []
    with torch.no_grad():
        for start in range(0, len(rows), BATCH):
            chunk = numpy.array(rows[start : start + BATCH])
            answer = model(torch.from_numpy(fill_batch(chunk)))
            parts.append(check_output(answer)[: len(chunk)])
    return numpy.concatenate(parts)


def fill_batch(chunk: NDArray[Any]) -> NDArray[Any]:
    """`chunk` with its last row repeated until it holds `BATCH` rows."""
    missing = BATCH - len(chunk)
    return numpy.concatenate([chunk, numpy.repeat(chunk[-1:], missing, axis=0)]) if missing else chunk


def check_output(answer: object) -> NDArray[Any]:
    """The model's answer as float32; raises `ContractError` when it is not a finite tensor of `BATCH` rows."""
    if not isinstance(answer, torch.Tensor):
        kind = type(answer).__name__
        raise ContractError(f"the model's forward must return one tensor (logits or values), not {kind}")
    if not answer.is_floating_point():
        raise ContractError(f"the model answers {answer.dtype}: give logits or values as floating numbers")
    if answer.dim() == 0 or answer.shape[0] != BATCH:
        shape = tuple(answer.shape)
        raise ContractError(f"the model answered shape {shape} for {BATCH} rows: give one output for each sample")
    result: NDArray[Any] = answer.detach().to("cpu", torch.float32).contiguous().numpy()
    if not numpy.isfinite(result).all():
        raise ContractError("the model answers NaN or infinite values: the training diverged")
    return result


def check_rows_apart(model: Callable[[torch.Tensor], Any], rows: NDArray[Any]) -> None:
    """Raises `ContractError` when the answer for a row depends on the other rows of its batch."""
    batch = fill_batch(numpy.array(rows[:BATCH]))
    others = numpy.concatenate([batch[:_KEPT], numpy.repeat(batch[:1], BATCH - _KEPT, axis=0)])
    with torch.no_grad():
        first, second = (check_output(model(torch.from_numpy(values)))[:_KEPT] for values in (batch, others))
    if not alike(first, second):
        raise ContractError(
            "the model's answer for a row changes with the other rows of its batch: "
            "attend with batch_first=True, normalise by statistics of training, and reduce over no dimension 0"
        )


def alike(first: NDArray[Any], second: NDArray[Any]) -> bool:
    """Equal but for rounding."""
    return bool(numpy.abs(first - second).max() <= _TOLERANCE * (1 + numpy.abs(first).max()))
