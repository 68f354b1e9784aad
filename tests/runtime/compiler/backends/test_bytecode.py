"""The optimised bytecode does the same, says what was done, and gives way when a global changes."""

import math

import pytest

from runtime.compiler.backend import Compiled, Refused
from runtime.compiler.backends.bytecode import BytecodeBackend
from runtime.compiler.calls import Call
from runtime.compiler.capture import loaded
from runtime.compiler.verify import Verified, verify
from tests.runtime.compiler import samples

P, Q = (1.0, 2.0, 3.0), (4.0, 5.0, 6.0)


def made(function):
    found = BytecodeBackend().compile(function, [])
    assert isinstance(found, Compiled), found
    return found


def test_it_says_what_was_done():
    found = made(samples.three_dimensional)
    for done in ("FACTOR inlined", "a loop of 3 unrolled", "math.sqrt bound"):
        assert done in found.backend
    assert "square inlined" not in found.backend  # its argument would be computed twice
    assert found.function(P, Q) == samples.three_dimensional(P, Q)
    assert found.function.__name__ == "three_dimensional"


def test_a_changed_global_makes_the_original_run(monkeypatch):
    fast = made(samples.three_dimensional).function
    monkeypatch.setattr(samples, "FACTOR", 12)
    assert fast(P, Q) == samples.three_dimensional(P, Q) == pytest.approx(18.0)
    monkeypatch.setattr(samples, "square", abs)
    assert fast(P, Q) == samples.three_dimensional(P, Q)


def test_private_names_of_a_class_stay_its_own():
    hidden = samples.Shape._Shape__hidden
    assert made(hidden).function(samples.Shape(2), 5) == hidden(samples.Shape(2), 5) == 30


def test_a_global_that_was_replaced_by_its_own_compiled_function_is_what_it_was(monkeypatch):
    found = made(samples.scaled_sum)
    assert "scaled inlined" in found.backend
    monkeypatch.setattr(samples, "scaled", made(samples.scaled).function)
    assert found.function(4) == samples.scaled_sum(4) == 18
    assert "scaled inlined" in made(samples.scaled_sum).backend


def test_generators_stay_generators():
    assert list(made(samples.counting).function(1)) == [1, 4, 7, 10]


CASES = {
    "folded": ("def f(x):\n    return x + 2 * 3 ** 2 - 60 * 60", [(1,), (2.5,)]),
    "division by zero is left": ("K = 0\ndef f(x):\n    return x if x else 1 // K", [(1,), (0,)]),
    "a huge power is left": ("K = 2\ndef f(x):\n    return (K ** 10 ** 9 if x > 9 else K + 1) + x", [(1,)]),
    "break": ("K = 1\ndef f(x):\n    for i in range(4):\n        if i == x: break\n    return i + K", [(1,), (9,)]),
    "the variable of an unrolled loop": ("def f(x):\n    for i in range(3):\n        x += i\n    return i, x", [(1,)]),
    "a written loop variable": (
        "def f(x):\n    for i in range(3):\n        i *= 2\n        x += i\n    return i, x",
        [(1,)],
    ),
    "a shadowed global": ("K = 3\nJ = 2\ndef f(x):\n    K = x\n    return K + J", [(1,)]),
    "a global that is declared": (
        "K = 3\ndef g():\n    global K\n    K = 4\nJ = 1\ndef f(x):\n    return K + J + x",
        [(1,)],
    ),
    "an inner function": ("K = 3\ndef f(x):\n    def g(y):\n        return y * K\n    return g(x) + K", [(2,)]),
    "a default": ("K = 3\ndef f(x, y=5):\n    return x + y + K", [(2,), (2, 3)]),
    "evaluated once": (
        "def sq(v):\n    return v * v\ndef f(x):\n    a = [x, 2]\n    return sq(a.pop()) + sq(x)",
        [(3,)],
    ),
    "an inlined exception": ("def inv(v):\n    return 1 / v\ndef f(x):\n    return inv(x) + inv(x)", [(0,), (2,)]),
    "a global's name for what was caught": (
        "e = 2.5\ndef f(x):\n    try:\n        return 1 // x + e\n"
        "    except ZeroDivisionError as e:\n        return str(e)",
        [(0,)],
    ),
    "a global's name in a pattern": (
        "e = 2\nK = 1\ndef f(x):\n    match x:\n        case [e, 1]:\n            return e + K\n"
        "        case [3, *e]:\n            return e\n        case {'a': 1, **e}:\n            return e",
        [([7, 1],), ([3, 4],), ({"a": 1, "b": 2},)],
    ),
    "a global's name for an inner function": (
        "def g(y):\n    return y * 2\nK = 1\ndef f(x):\n    def g(y):\n        return y + 100\n    return g(x) + K",
        [(1,)],
    ),
    "an unrolled loop over what was caught": (
        "def f(x):\n    found = []\n    for i in range(3):\n        try:\n            found.append(x // i)\n"
        "        except ZeroDivisionError as i:\n            found.append(str(i))\n    return found",
        [(4,)],
    ),
    "an unrolled loop with a pattern": (
        "def f(x):\n    found = []\n    for i in range(3):\n        match x:\n            case [i]:\n"
        "                found.append(i)\n    return found",
        [([9],)],
    ),
    "a variable that was deleted": (
        "K = 1\ndef one(v):\n    return 1\ndef f(x):\n    y = x\n    if x > 2:\n        del y\n    return one(y) + K",
        [(1,), (3,)],
    ),
    "a variable that may not have been set": (
        "K = 1\ndef one(v):\n    return 1\ndef f(x):\n    try:\n        y = 1 // x\n    except ZeroDivisionError:\n"
        "        pass\n    return one(y) + K",
        [(0,), (3,)],
    ),
    "what a module does not have": ("import math\nK = 1\ndef f(x):\n    return math.none(x) + K", [(1,)]),
    "a comprehension's name for a global": (
        "import math\nK = 1\ndef f(x):\n    return [math.floor(x) for x in (1.5, K)] + [math for math in (1, K)]",
        [(1,)],
    ),
    "text": ("NAME = 'a'\ndef f(x):\n    return NAME * x", [(2,)]),
}


@pytest.mark.parametrize("case", CASES)
def test_the_meaning_is_kept(case):
    code, calls = CASES[case]
    function = loaded(code)
    found = BytecodeBackend().compile(function, [])
    if isinstance(found, Compiled):
        assert isinstance(verify(function, found.function, [Call(arguments) for arguments in calls]), Verified)
    else:
        assert case == "break" or case.startswith("a global's name for what")


def test_nothing_to_do_is_said():
    found = BytecodeBackend().compile(samples.factorial, [])
    assert isinstance(found, Refused) and "nothing" in found.reason


def test_a_module_whose_function_changes_is_not_folded():
    fast = made(samples.root).function
    assert fast(4.0) == math.sqrt(4.0) + math.log(4.0)
