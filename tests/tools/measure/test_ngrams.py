"""Count models, by hand and against their own laws."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tools.measure.ngrams import bigram, unigram


def test_unigram_by_hand():
    train, test = np.array([0, 0, 1]), np.array([0, 2])
    shares = [3 / 6, 1 / 6]
    assert unigram(train, test, 3) == pytest.approx(math.exp(-np.mean(np.log(shares))))


@settings(max_examples=50, deadline=None)
@given(arrays(np.int64, st.integers(2, 60), elements=st.integers(0, 6)))
def test_a_bigrams_probabilities_sum_to_one(stream):
    size = 7
    train = stream[:-1], stream[1:]
    for before in range(size):
        each = [bigram(train, (np.array([before]), np.array([after])), size) for after in range(size)]
        assert sum(1 / perplexity for perplexity in each) == pytest.approx(1.0)


def test_pairs_are_learnt():
    stream = np.tile([0, 1, 2, 0, 2, 1], 200)
    pairs = stream[:-1], stream[1:]
    assert bigram(pairs, pairs, 3) < 2.1 < unigram(stream, stream, 3) == pytest.approx(3.0)
