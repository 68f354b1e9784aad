"""Count models of the next token: what a language model has to beat."""

from typing import Any

import numpy
from numpy.typing import NDArray

Tokens = NDArray[Any]


def unigram(train: Tokens, test: Tokens, size: int) -> float:
    """Perplexity of `test` under the frequencies of `train`, with one added to each count (Laplace)."""
    counts = numpy.bincount(train.reshape(-1), minlength=size) + 1.0
    return _perplexity(counts[test.reshape(-1)] / counts.sum())


def bigram(train: tuple[Tokens, Tokens], test: tuple[Tokens, Tokens], size: int) -> float:
    """Perplexity of following tokens given the one before, by interpolated Kneser-Ney smoothing.

    Both arguments are (tokens, the token after each). The discount is estimated from the counts of counts, and nothing
    is tuned (Chen & Goodman, "An empirical study of smoothing techniques for language modeling", 1999).
    """
    pairs, counts = numpy.unique(_codes(*train, size), return_counts=True)
    before, after = numpy.divmod(pairs, size)
    once, twice = int((counts == 1).sum()), int((counts == 2).sum())
    discount = once / (once + 2 * twice) if once else 0.5
    contexts = numpy.bincount(before, weights=counts, minlength=size)
    followers = numpy.bincount(before, minlength=size)
    histories = numpy.bincount(after, minlength=size) + 1.0 / size
    backoff = histories / histories.sum()
    asked = _codes(*test, size)
    place = numpy.minimum(numpy.searchsorted(pairs, asked), len(pairs) - 1)
    seen = numpy.where(pairs[place] == asked, counts[place] - discount, 0.0)
    context, following = numpy.divmod(asked, size)
    total = contexts[context]
    known = total > 0
    weight = numpy.where(known, discount * followers[context] / numpy.maximum(total, 1), 1.0)
    return _perplexity(numpy.where(known, seen / numpy.maximum(total, 1), 0.0) + weight * backoff[following])


def _codes(tokens: Tokens, following: Tokens, size: int) -> Tokens:
    """One number a pair."""
    return tokens.reshape(-1).astype(numpy.int64) * size + following.reshape(-1)


def _perplexity(probabilities: NDArray[numpy.float64]) -> float:
    return float(numpy.exp(-numpy.log(probabilities).mean()))
