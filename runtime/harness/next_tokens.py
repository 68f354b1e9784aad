"""Language models: what each next token was worth, and the proof that a model does not look ahead.

The tokens to predict are those of X itself, one place on, so a model that sees them when it answers would score
perfectly. The check exchanges what comes after a place in each row, at random, and asks for the same answers up to it.
Only the probabilities of the tokens that did come leave the box: whole answers would be gigabytes.
"""

from collections.abc import Callable
from typing import Any

import numpy
import torch
from numpy.typing import NDArray

from runtime.harness.failure import ContractError
from runtime.harness.inference import alike, check_output, fill_batch
from runtime.harness.spec import BATCH

Model = Callable[[torch.Tensor], Any]
ROUNDS = 4
"""Batches whose ends are exchanged: each row of each is a test of its own."""


def log_probabilities(model: Model, rows: NDArray[Any]) -> NDArray[Any]:
    """For token ids (n, length), the natural log of what the model gave each next one, float32 (n, length - 1).

    Raises `ContractError` for answers that are not logits of shape (rows, length, vocabulary), and for a model that
    looks ahead.
    """
    check_causal(model, rows)
    parts = []
    with torch.no_grad():
        for start in range(0, len(rows), BATCH):
            chunk = numpy.array(rows[start : start + BATCH])
            logits = torch.from_numpy(_logits(model, fill_batch(chunk))[: len(chunk), :-1])
            following = torch.from_numpy(chunk[:, 1:]).unsqueeze(2)
            if following.max() >= logits.shape[2]:
                raise ContractError(
                    f"the model knows {logits.shape[2]} tokens, and the text uses token {int(following.max())}"
                )
            parts.append((logits.gather(2, following).squeeze(2) - logits.logsumexp(2)).numpy())
    return numpy.concatenate(parts)


def check_causal(model: Model, rows: NDArray[Any]) -> None:
    """Raises `ContractError` when an answer depends on tokens after its place.

    Places, rows and new ends are drawn from the system's entropy, which no generated code can foresee.
    """
    random = numpy.random.default_rng()
    length = rows.shape[1]
    if length < 2:
        return
    for _ in range(ROUNDS):
        batch = fill_batch(
            numpy.array(rows[numpy.sort(random.choice(len(rows), min(BATCH, len(rows)), replace=False))])
        )
        places = random.integers(0, length - 1, BATCH)[:, None]
        after = numpy.arange(length)[None, :] > places
        changed = numpy.where(after, _other_ends(batch, random), batch)
        with torch.no_grad():
            first, second = (_logits(model, values) for values in (batch, changed))
        before = ~after[:, :, None]
        if not alike(numpy.where(before, first, 0), numpy.where(before, second, 0)):
            raise ContractError(
                "the model looks ahead: its answer at a place changes with the tokens after it; "
                "mask the future (a causal mask, or convolutions padded on the left alone)"
            )


def _other_ends(batch: NDArray[Any], random: numpy.random.Generator) -> NDArray[Any]:
    """Other rows' tokens for half of the rows, and tokens drawn from all of them for the others."""
    drawn = random.choice(batch.reshape(-1), batch.shape)
    moved = numpy.roll(batch, int(random.integers(1, len(batch))), axis=0)
    return numpy.where(numpy.arange(len(batch))[:, None] % 2 == 0, moved, drawn)


def _logits(model: Model, batch: NDArray[Any]) -> NDArray[Any]:
    """The answers for one full batch, (BATCH, length, vocabulary)."""
    answer = check_output(model(torch.from_numpy(batch)))
    if answer.ndim != 3 or answer.shape[1] != batch.shape[1]:
        raise ContractError(
            f"the model answered shape {answer.shape} for tokens of shape {batch.shape}: "
            "a language model gives logits of shape (rows, length, vocabulary)"
        )
    return answer
