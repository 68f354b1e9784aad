"""Intervals against published and independently computed values."""

import pytest

from evals.statistics import estimate, over_cases, yes_or_no


def test_a_share_has_wilsons_interval() -> None:
    from scipy.stats import binomtest

    found = estimate([1.0] * 8 + [0.0] * 2, share=True)
    theirs = binomtest(8, 10).proportion_ci(method="wilson")
    assert (found.mean, found.n) == (0.8, 10)
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high))
    certain = estimate([1.0] * 3, share=True)
    assert certain.high == 1.0 and certain.low == pytest.approx(0.438, abs=1e-3)


def test_a_figure_has_students() -> None:
    import numpy as np
    from scipy.stats import sem, t

    values = [2.0, 3.5, 4.0, 7.25]
    found = estimate(values)
    theirs = t.interval(0.95, 3, loc=np.mean(values), scale=sem(values))
    assert (found.low, found.high) == pytest.approx(theirs)


def test_one_value_has_no_interval() -> None:
    assert estimate([0.7]).low is None and estimate([1.0], share=True).high is None


def test_a_case_counts_once_whatever_its_seeds() -> None:
    found = over_cases({"a": [1.0, 1.0, 1.0, 1.0], "b": [0.0, 1.0]}, share=True)
    assert (found.mean, found.n) == (0.75, 2)
    alone = over_cases({"a": [1.0, 0.0, 1.0]}, share=True)
    assert alone.n == 3


def test_yes_or_no() -> None:
    assert yes_or_no([0.0, 1.0]) and not yes_or_no([0.0, 0.5])
