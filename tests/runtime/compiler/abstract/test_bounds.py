"""What is proven of integers is so, and what is not so is not proven."""

import ast
import random

import numpy as np
import pytest

from runtime.compiler.abstract import ranges
from runtime.compiler.abstract.analyse import analyse
from runtime.compiler.abstract.bounds import facts_of
from runtime.compiler.abstract.facts import Fact
from runtime.compiler.capture import loaded
from runtime.compiler.kinds import kind_from
from runtime.compiler.source import Source, source_of
from tests.runtime.compiler.abstract.programs import MOST_TURNS, Watched, program

ARRAY, MATRIX, LIST = "ndarray[float64, 1]", "ndarray[float64, 2]", "list[float]"


def proven(code, *types):
    """The operations, indices and limits of which something is proven, as text."""
    source = source_of(loaded(f"import numpy as np\n{code}"))
    assert isinstance(source, Source), source
    facts = facts_of(analyse(source, tuple(frozenset({kind_from(name)}) for name in types)))
    found = {fact: [] for fact in Fact}
    for (fact, node), holds in facts.found.items():
        if holds:
            found[fact].append(ast.unparse(node))
    return found


INSIDE = {
    "all of a list": ("def f(x):\n    for i in range(len(x)):\n        x[i] = 1.0", [LIST]),
    "neighbours": ("def f(x):\n    for i in range(1, len(x) - 1):\n        x[i] = x[i - 1] + x[i + 1]", [ARRAY]),
    "from the end": ("def f(x):\n    for i in range(len(x) - 1, -1, -1):\n        x[len(x) - 1 - i] = x[i]", [ARRAY]),
    "rows": (
        "def f(x):\n    for i in range(len(x)):\n        for j in range(i):\n            x[i][j] = x[j, 0 * j]",
        [MATRIX],
    ),
    "a length under a name": (
        "def f(x):\n    n = len(x)\n    for i in range(n):\n        for j in range(n - i):\n            x[j] = x[i]",
        [LIST],
    ),
    "a made array": (
        "def f(n):\n    x = np.zeros(n + 1)\n    for i in range(n + 1):\n        x[i] = 1.0\n    return x[0]",
        ["int"],
    ),
    "a condition": ("def f(x, k):\n    if 0 <= k < len(x):\n        x[k] = 1.0", [ARRAY, "int"]),
    "a while": ("def f(x):\n    i = 0\n    while i < len(x):\n        x[i] = 1.0\n        i += 1", [ARRAY]),
    "a rest": ("def f(x, k):\n    x[k % len(x)] = 1.0", [ARRAY, "int"]),
    "enumerate": ("def f(x):\n    for i, v in enumerate(x):\n        x[i] = v + 1.0", [ARRAY]),
}
NOT_INSIDE = {
    "one too far": ("def f(x):\n    for i in range(len(x) + 1):\n        x[i] = 1.0", [LIST]),
    "the one before": ("def f(x):\n    for i in range(len(x)):\n        x[i - 1] = 1.0", [LIST]),
    "another's length": ("def f(x, y):\n    for i in range(len(x)):\n        y[i] = 1.0", [LIST, LIST]),
    "another axis": ("def f(x):\n    for i in range(len(x)):\n        x[0 * i][i] = 1.0", [MATRIX]),
    "changed before": ("def f(x):\n    i = 0\n    while i < len(x):\n        i += 1\n        x[i] = 1.0", [ARRAY]),
    "changed in the loop": ("def f(x):\n    for i in range(len(x)):\n        i += 2\n        x[i] = 1.0", [ARRAY]),
    "changed in a branch": (
        "def f(x, k):\n    for i in range(len(x)):\n        if i > k:\n            i = k\n        x[i] = 1.0",
        [ARRAY, "int"],
    ),
    "changed by the turn before": (
        "def f(x):\n    k = 0\n    for i in range(len(x)):\n        x[k] = 1.0\n        k = i + 1",
        [ARRAY],
    ),
    "a limit that changes": (
        "def f(x, n):\n    for i in range(n):\n        n = 2 * n\n        x[n] = 1.0",
        [ARRAY, "int"],
    ),
    "a condition that was": ("def f(x, k):\n    if k < len(x):\n        k = k + 3\n    x[k] = 1.0", [ARRAY, "int"]),
    "the other condition": ("def f(x, k):\n    if k >= 0 or k < len(x):\n        x[k] = 1.0", [ARRAY, "int"]),
    "behind the loop": ("def f(x):\n    i = 0\n    while i < len(x):\n        i += 1\n    x[i] = 1.0", [ARRAY]),
    "a smaller array": (
        "def f(n):\n    x = np.zeros(n)\n    for i in range(n + 1):\n        x[i] = 1.0\n    return x",
        ["int"],
    ),
    "an array anew in each turn": (
        "def f(n):\n    s = 0.0\n    j = 0\n"
        "    for k in range(n, 0, -1):\n        x = np.zeros(k)\n        s += x[j]\n"
        "        for j in range(len(x)):\n            s += 1.0\n"
        "    return s",
        ["int"],
    ),
    "perhaps another array": (
        "def f(x, k):\n    if k > 0:\n"
        "        x = np.zeros(k)\n    for i in range(k):\n        x[i] = 1.0\n"
        "    return x[0]",
        [ARRAY, "int"],
    ),
    "negative by a factor": ("def f(x, k):\n    for i in range(len(x)):\n        x[i * k] = 1.0", [ARRAY, "int"]),
}


@pytest.mark.parametrize("case", INSIDE)
def test_an_index_is_inside(case):
    code, types = INSIDE[case]
    assert _first_written(code) in proven(code, *types)[Fact.INSIDE]


def _first_written(code):
    """The index of the first subscript that is written to, or of its last axis."""
    line = next(line for line in code.splitlines() if "] = " in line and "np." not in line)
    return line.partition(" = ")[0].rpartition("[")[2].rstrip("]")


@pytest.mark.parametrize("case", NOT_INSIDE)
def test_what_may_be_outside_is_not_proven(case):
    code, types = NOT_INSIDE[case]
    indices = [text for text in proven(code, *types)[Fact.INSIDE] if text != "0 * i"]
    assert indices in ([], ["0"]), indices


@pytest.mark.parametrize(
    ("code", "types", "fits", "may_not"),
    [
        (
            "def f(n):\n    if n < 2:\n        return n\n    return f(n - 1) + f(n - 2)",
            ["int"],
            ["n - 1", "n - 2"],
            ["f(n - 1) + f(n - 2)"],
        ),
        (
            "def f(n):\n    s = 1\n    for i in range(n):\n"
            "        s = (s * 1103515245 + i % 7) % 2147483648\n"
            "    return s * n",
            ["int"],
            ["s * 1103515245", "i % 7"],
            ["s * n"],
        ),
        (
            "def f(n):\n    c = 0\n    t = 0\n    for i in range(n):\n        c += 1\n        t += i\n    return c - t",
            ["int"],
            ["c += 1"],
            ["t += i"],
        ),
        ("def f(n):\n    c = n\n    while c < 10:\n        c += 1\n    return c + 1", ["int"], ["c += 1"], ["c + 1"]),
        ("def f(n):\n    c = n\n    for i in range(9):\n        c += 1\n    return -c", ["int"], [], ["c += 1", "-c"]),
        ("def f(a, b):\n    return a // b + a % b", ["int", "int"], [], ["a // b", "a % b"]),
        (
            "def f(a):\n    a *= 2\n    return a // 3 + a % 3",
            ["int"],
            ["a // 3", "a % 3", "a // 3 + a % 3"],
            ["a *= 2"],
        ),
    ],
)
def test_operations_that_fit(code, types, fits, may_not):
    found = proven(code, *types)[Fact.FITS]
    assert all(text in found for text in fits) and not any(text in found for text in may_not), found


def test_ranges_hold_what_operations_give():
    cases = [(-7, -3), (-2, 5), (0, 0), (1, 4), (3, 9)]
    operations = {
        "+": ranges.plus,
        "-": ranges.minus,
        "*": ranges.times,
        "//": ranges.floor_divided,
        "%": ranges.modulo,
    }
    for sign, compute in operations.items():
        for a in cases:
            for b in [case for case in cases if sign not in "//%" or case[0] > 0]:
                found = compute(ranges.Range(*a), ranges.Range(*b))
                values = [eval(f"{x} {sign} {y}") for x in range(a[0], a[1] + 1) for y in range(b[0], b[1] + 1)]
                assert found.low <= min(values) and max(values) <= found.high, (sign, a, b)


def test_what_stays_positive_is_seen_though_it_is_made_of_itself():
    code = (
        "def f(x, v):\n    low = 0\n    high = len(x) - 1\n    while low <= high:\n        mid = (low + high) // 2\n"
        "        if x[mid] < v:\n            low = mid + 1\n        else:\n            high = mid - 1\n    x[high] = v"
    )
    found = proven(code, ARRAY, "float")
    assert found[Fact.COUNTS_FROM_FRONT] == ["mid"] and found[Fact.INSIDE] == []


class TooLong(Exception):
    pass


def inside(index, held):
    assert 0 <= index < len(held), (index, len(held))
    return index


def fits(value):
    assert -(2**63) <= value < 2**63, value
    return value


def checked(value):
    if type(value) is int and not -(2**63) <= value < 2**63:
        raise TooLong
    return value


def near(value):
    if not -(2**61) <= value <= 2**61:
        raise TooLong
    return value


def run_watched(tree, arguments):
    """Of the proven facts each is looked at whenever its place is come to."""
    turns = iter(range(MOST_TURNS))

    def turn():
        if next(turns, None) is None:
            raise TooLong

    scope = {"np": np, "inside__": inside, "fits__": fits, "turn__": turn, "checked__": checked, "near__": near}
    exec(compile(ast.Module([tree], []), "<watched>", "exec"), scope)
    try:
        scope["f"](*arguments)
    except (TooLong, IndexError, ZeroDivisionError, ValueError, TypeError, MemoryError):
        return


@pytest.mark.parametrize("batch", range(2))
def test_what_is_proven_of_random_programs_holds(batch):
    chance = random.Random(batch)
    proofs = 0
    for seed in range(batch * 30, batch * 30 + 30):
        source = source_of(loaded(program(seed)))
        assert isinstance(source, Source)
        facts = facts_of(analyse(source, tuple(frozenset({kind_from(name)}) for name in (LIST, LIST, "int", "int"))))
        proofs += sum(holds for (fact, _), holds in facts.found.items() if fact is Fact.INSIDE)
        tree = Watched(facts, source.node).tree()
        for _ in range(8):
            lists = [[0.5] * chance.choice([0, 1, 2, 3, 7]) for _ in range(2)]
            numbers = [chance.choice([-(2**63), -3, -1, 0, 1, 2, 5, 9, 2**61, 2**63 - 1, 2**63 - 2]) for _ in range(2)]
            run_watched(tree, (*lists, *numbers))
    assert proofs > 20


@pytest.mark.parametrize("operator", ["//", "%"])
def test_of_a_division_by_zero_nothing_is_proven(operator):
    assert proven(f"def f(x):\n    return x {operator} 0", "int")[Fact.FITS] == []
