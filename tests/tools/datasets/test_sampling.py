"""The row limit."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tools.datasets.raw import TEST, TRAIN
from tools.datasets.sampling import limit_rows, sample


@given(st.lists(st.integers(0, 6), min_size=20, max_size=300), st.integers(10, 150), st.integers(0, 99))
def test_a_sample_is_exact_ordered_and_keeps_shares(values, limit, seed):
    target = np.array(values)
    rows = sample(target, limit, seed)
    assert len(rows) == min(limit, len(target))
    assert (np.diff(rows) > 0).all()
    share = len(rows) / len(target)
    for value in np.unique(target):
        taken = (target[rows] == value).sum()
        assert taken >= 1
        if limit >= 7 * 5:
            assert abs(taken - share * (target == value).sum()) <= 7
    assert (rows == sample(target, limit, seed)).all()


def test_a_given_test_part_is_kept_whole():
    given_part = np.array([TRAIN] * 80 + [TEST] * 20, dtype=np.int8)
    rows = limit_rows(np.arange(100) % 2, given_part, 30, 0)
    assert (given_part[rows] == TEST).sum() == 20
    assert (given_part[rows] == TRAIN).sum() == 30


def test_numbers_are_sampled_at_random_and_no_limit_takes_all():
    assert len(sample(np.linspace(0, 1, 500), 50, 0)) == 50
    assert len(limit_rows(np.zeros(7), None, None, 0)) == 7


def test_labels_of_mixed_types_can_be_sampled():
    assert len(sample(np.array(["a", None, "b"] * 20, dtype=object), 12, 0)) == 12
