"""Numba keeps Python's meaning, or the original runs."""

import copy
import importlib.util
import math
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runtime.compiler.backend import Compiled, Refused
from runtime.compiler.backends.numba_backend import NumbaBackend
from runtime.compiler.cache import Cache
from runtime.compiler.calls import Call, types_of
from runtime.compiler.capture import loaded
from runtime.compiler.same import same
from tests.runtime.compiler import samples

pytestmark = pytest.mark.skipif(importlib.util.find_spec("numba") is None, reason="numba is not installed")


@pytest.fixture(scope="module")
def backend(tmp_path_factory):
    folder = tmp_path_factory.mktemp("compiled")
    folder.chmod(0o700)
    return NumbaBackend(Cache(folder))


def compiled(backend, function, *arguments):
    made = backend.compile(function, types_of([Call(arguments)]))
    assert isinstance(made, Compiled), made
    return made.function


def both(function, candidate, *arguments):
    """What each does: result or kind of failure, and what became of the arguments."""
    outcomes = []
    for one in (function, candidate):
        mine = copy.deepcopy(arguments)
        try:
            outcomes.append(("returned", one(*mine), mine))
        except Exception as fault:  # noqa: BLE001 - any
            outcomes.append(("raised", type(fault), mine))
    return outcomes


def test_an_integer_past_64_bits_is_never_wrong(backend):
    fast = compiled(backend, samples.factorial, 10)
    assert [fast(n) for n in (5, 20, 21, 25, 100)] == [math.factorial(n) for n in (5, 20, 21, 25, 100)]


def test_the_type_of_a_sum_is_the_one_that_python_gives(backend):
    fast = compiled(backend, samples.total, np.arange(3.0))
    for values in (np.array([]), np.array([1.5]), np.array([1, 2]), [1, 2], [], [True]):
        assert same(fast(values), samples.total(values))


def test_a_list_with_an_integer_among_floats_is_left_to_python(backend):
    fast = compiled(backend, samples.total, [1.0, 2.0])
    assert same(fast([1.5, 2]), 3.5) and same(fast([1, 2]), 3) and same(fast([2.5]), 2.5)


def test_recursion_ends_as_pythons_does(backend):
    fast = compiled(backend, samples.fibonacci, 10)
    assert fast(20) == 6765
    with pytest.raises(RecursionError):
        samples.fibonacci(10**6)
    with pytest.raises(RecursionError):
        fast(10**6)


def test_what_was_written_is_undone_before_the_original_runs(backend):
    values = np.arange(5.0)
    expected, found = both(samples.scale_then_fail, compiled(backend, samples.scale_then_fail, values, 2), values, 2)
    assert expected[:2] == found[:2] == ("raised", IndexError)
    assert same(expected[2], found[2])


def test_lists_are_sorted_in_place(backend):
    fast = compiled(backend, samples.bubble_sort, [3.0, 1.0])
    values = [3.0, 1.0, 2.0]
    assert fast(values) is None and values == [1.0, 2.0, 3.0]


def test_rows_of_lists_are_written_back(backend):
    fast = compiled(backend, samples.transpose, [[1.0, 2.0], [3.0, 4.0]])
    rows = [[1.0, 2.0], [3.0, 4.0]]
    kept = rows[0]
    assert fast(rows) is None and rows == [[1.0, 3.0], [2.0, 4.0]] and rows[0] is kept
    same_row = [5.0, 6.0]
    expected, found = both(samples.transpose, fast, [same_row, same_row])
    assert same(expected, found)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(a=st.floats(-1e3, 1e3), b=st.sampled_from([-2.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0, 400.0]))
def test_float_powers_follow_python(backend, a, b):
    expected, found = both(samples.powers, _once(backend, samples.powers, 3.0, 2.0), a, b)
    assert same(expected, found) and repr(expected[1])[:1] == repr(found[1])[:1]


NUMBERS = st.one_of(st.integers(-5, 5), st.integers(-(2**63), 2**63 - 1), st.integers(-(2**70), 2**70))


@pytest.mark.parametrize("function", [samples.divide, samples.powers, samples.shifted], ids=lambda f: f.__name__)
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(a=NUMBERS, b=st.integers(-3, 70))
def test_integer_operations_follow_python(backend, function, a, b):
    fast = _once(backend, function, 3, 2)
    expected, found = both(function, fast, a, b)
    assert same(expected, found)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(a=st.floats(), b=st.floats())
def test_float_division_follows_python(backend, a, b):
    expected, found = both(samples.divide, _once(backend, samples.divide, 3.0, 2.0), a, b)
    assert same(expected, found)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(x=st.floats())
def test_math_raises_where_python_does(backend, x):
    expected, found = both(samples.root, _once(backend, samples.root, 3.0), x)
    assert same(expected, found)


MADE = {}


def _once(backend, function, *arguments):
    key = (function, *map(type, arguments))
    MADE[key] = MADE.get(key) or compiled(backend, function, *arguments)
    return MADE[key]


@pytest.mark.parametrize(
    ("function", "arguments", "why"),
    [
        (samples.maybe_unset, (3,), "may not have been set"),
        (samples.asks_for_what_is_not_always_set, (3,), "may not have been set"),
        (samples.near_the_limit, (3.0,), "a comparison of a float with 9007199254740993, which is none"),
        (samples.noisy, (3,), "the module random|calls|uses"),
        (samples.renamed, ([1.0],), "by the name other"),
        (samples.halve_rows, ([[1.0]],), "by the name row"),
        (samples.rebind, ([1.0],), "anew|may be"),
        (samples.counted, (["a"],), "type str"),
        (samples.counting, (3,), "generator"),
        (samples.Shape.factorial, (3,), "another function of the name factorial"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_what_can_not_be_kept_is_refused_with_the_reason(backend, function, arguments, why):
    made = backend.compile(function, types_of([Call(arguments)]))
    assert isinstance(made, Refused)
    assert any(part in made.reason for part in why.split("|")), made.reason


def test_a_rebound_global_is_seen(backend, monkeypatch):
    fast = compiled(backend, samples.three_dimensional, np.zeros(3), np.ones(3))
    before = fast(np.zeros(3), np.ones(3))
    monkeypatch.setattr(samples, "FACTOR", 12)
    assert before == pytest.approx(3.0) and fast(np.zeros(3), np.ones(3)) == pytest.approx(6.0)


def test_a_rebound_global_of_a_helper_is_seen(backend, monkeypatch):
    fast = compiled(backend, samples.scaled_sum, 5)
    assert fast(5) == 30
    monkeypatch.setattr(samples, "FACTOR", 12)
    assert fast(5) == samples.scaled_sum(5) == 120


def test_a_helper_of_another_module_keeps_its_globals(backend):
    helper = loaded("K = 2\ndef g(x):\n    return x * K")
    function = loaded(
        "K = 5\ndef f(n):\n    found = 0\n    for i in range(n):\n        found += g(i) + K\n    return found"
    )
    function.__globals__["g"] = helper
    made = backend.compile(function, types_of([Call((4,))]))
    assert isinstance(made, Refused) and "to which K is something else" in made.reason
    helper.__globals__["K"] = 5
    assert compiled(backend, function, 4)(3) == function(3) == 30


def test_a_recursion_that_counts_down_is_pythons(backend):
    fast = _once(backend, samples.fibonacci, 10)
    for n in (-(2**63), -(2**70), -1, 0, 1, 2, 15, True):
        assert same(fast(n), samples.fibonacci(n))
    summed = loaded("def f(n):\n    if n <= -5:\n        return 1\n    return n + f(n - 1) - 3")
    fast = compiled(backend, summed, 10)
    assert [fast(n) for n in (-9, -5, 0, 300, 394, 395, 396, 500)] == [
        summed(n) for n in (-9, -5, 0, 300, 394, 395, 396, 500)
    ]


def test_a_row_that_is_an_argument_too_is_seen(backend):
    row = [1.0, 2.0]
    fast = compiled(backend, samples.set_first, [[1.0, 2.0], [3.0, 4.0]], [5.0])
    assert fast([[1.0, 2.0]], [5.0]) == 5.0
    assert fast([row], row) == 7.0


def test_a_shadowed_builtin_is_seen(backend, monkeypatch):
    fast = compiled(backend, samples.factorial, 5)
    monkeypatch.setattr(samples, "range", lambda *_: [10], raising=False)
    assert fast(5) == samples.factorial(5) == 10


@pytest.mark.parametrize("values", [[1.5, 2.5, 4.0], [3.0]], ids=len)
def test_any_index_is_as_pythons(backend, values):
    fast = _once(backend, samples.looked_up, [1.0, 2.0], 1)
    for i in range(-6, 7):
        expected, found = both(samples.looked_up, fast, values, i)
        assert same(expected, found), i


@pytest.mark.parametrize("start", [0, 2**62 - 3, 2**63 - 4, 2**63 - 3, -(2**63), -(2**70)])
def test_a_counter_that_starts_far_away_is_pythons(backend, start):
    assert compiled(backend, samples.counted_on, 5)(start) == samples.counted_on(start)


def test_a_damaged_entry_is_built_anew(backend):
    compiled(backend, samples.zeros, 4)
    for path in Path(backend.cache.folder).rglob("*.nbi"):
        path.write_bytes(b"broken")
    fast = compiled(backend, samples.zeros, 4)
    assert same(fast(4), samples.zeros(4))


def test_a_copied_cache_is_not_compiled_again(backend, tmp_path):
    compiled(backend, samples.fibonacci, 10)
    compiled(backend, samples.zeros, 4)
    shutil.copytree(backend.cache.folder, tmp_path / "copy", copy_function=shutil.copyfile)  # the times are new
    (tmp_path / "copy").chmod(0o700)
    copied = NumbaBackend(Cache(tmp_path / "copy"))
    before = {path: path.read_bytes() for path in Path(copied.cache.folder).rglob("*.nb*")}
    assert compiled(copied, samples.zeros, 4)(4).shape == (4,)
    assert before and before == {path: path.read_bytes() for path in Path(copied.cache.folder).rglob("*.nb*")}
