"""A candidate that differs anywhere is found."""

import random

import numpy as np
import pytest

from runtime.compiler.calls import Call
from runtime.compiler.same import same
from runtime.compiler.verify import Doubt, Verified, verify
from tests.runtime.compiler import samples


def as_float(n):
    return float(samples.factorial(n))


def no_error(a, b):
    return (a / b, a // b, a % b) if b else (0, 0, 0)


def sorted_copy(values):
    return sorted(values) and None


def wraps(n):
    return (samples.factorial(n) + 2**63) % 2**64 - 2**63


@pytest.mark.parametrize(
    ("original", "candidate", "arguments"),
    [
        (samples.factorial, as_float, (5,)),
        (samples.divide, no_error, (5, 2)),
        (samples.bubble_sort, sorted_copy, ([2.0, 1.0],)),
        (samples.factorial, wraps, (21,)),
        (samples.counting, lambda n: iter([n, n + 3, n + 9, n + 6]), (1,)),
        (samples.noisy, samples.noisy, (1,)),
    ],
)
def test_a_difference_is_told(original, candidate, arguments):
    assert isinstance(verify(original, candidate, [Call(arguments)]), Doubt)


@pytest.mark.parametrize("function", [samples.factorial, samples.primes, samples.counting])
def test_a_function_agrees_with_itself(function):
    found = verify(function, function, [Call((6,))])
    assert isinstance(found, Verified) and found.random > 10 and not found.changes_arguments


def test_arguments_are_never_changed_by_a_replay():
    values = [3.0, 1.0]
    found = verify(samples.bubble_sort, samples.bubble_sort, [Call((values,))])
    assert isinstance(found, Verified) and found.changes_arguments and values == [3.0, 1.0]


def test_a_random_call_that_would_take_forever_is_left_out():
    def loop(n):
        while n < 10 or n > 20:
            n += 1 if n < 10 else 0
        return n

    assert isinstance(verify(loop, loop, [Call((15,))]), Verified)


def test_values_are_the_same_only_with_their_types():
    nan = float("nan")
    assert same([nan, 1.0], [nan, 1.0 + 1e-12]) and same(np.float64(1), np.float64(1))
    for other in (1.0, True, np.int64(1), "1"):
        assert not same(1, other)
    assert not same({"a": 1, "b": 2}, {"b": 2, "a": 1}) and not same(np.zeros(2), np.zeros(2, np.float32))
    assert same(random.Random, random.Random)
