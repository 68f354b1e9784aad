"""Predictions in batches of one fixed shape, and what they are worth."""

from collections.abc import Callable
from typing import Any

import numpy
import torch
from numpy.typing import NDArray

Array = NDArray[Any]


def predict(model: Callable[[torch.Tensor], torch.Tensor], rows: Array, batch: int) -> Array:
    """The model's outputs (n, …) on the CPU; the exported graph wants full batches, so the last is filled up."""
    parts = []
    with torch.no_grad():
        for start in range(0, len(rows), batch):
            chunk = rows[start : start + batch]
            filled = numpy.concatenate([chunk, numpy.repeat(chunk[-1:], batch - len(chunk), axis=0)])
            parts.append(model(torch.from_numpy(filled)).float().numpy()[: len(chunk)])
    return numpy.concatenate(parts)


def score(outputs: Array, y: Array, task_type: str) -> tuple[str, float]:
    """(metric, value): accuracy, R2, or perplexity (lower is better)."""
    if task_type == "classification":
        return "accuracy", float((outputs.argmax(axis=1) == y).mean())
    if task_type == "regression":
        truth = y.astype(numpy.float64)
        rest = float(((truth - outputs.reshape(-1)) ** 2).sum())
        return "R2", 1 - rest / (float(((truth - truth.mean()) ** 2).sum()) or 1.0)
    return "perplexity", perplexity(token_losses(outputs, y))


def score_language_model(model: Callable[[torch.Tensor], torch.Tensor], X: Array, y: Array, batch: int) -> float:
    """Perplexity of next tokens, a batch at a time: all answers together would take gigabytes.

    The last token of a row is left out, as where the model was measured.
    """
    starts = range(0, len(X), batch)
    losses = [token_losses(predict(model, X[at : at + batch], batch)[:, :-1], y[at : at + batch, :-1]) for at in starts]
    return perplexity(numpy.concatenate(losses))


def token_losses(outputs: Array, y: Array) -> Array:
    """Minus the log probability of each token of y (rows, length), flat, given logits (rows, length, vocabulary)."""
    logits = outputs.reshape(-1, outputs.shape[-1]).astype(numpy.float64)
    peak = logits.max(axis=1)
    logsum = peak + numpy.log(numpy.exp(logits - peak[:, None]).sum(axis=1))
    losses: Array = logsum - logits[numpy.arange(len(logits)), y.reshape(-1)]
    return losses


def perplexity(losses: Array) -> float:
    return float(numpy.exp(min(float(losses.mean()), 700.0)))
