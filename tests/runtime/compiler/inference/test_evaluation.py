"""What the evaluation of a file knows of its expressions."""

import pytest

from runtime.compiler.inference.evaluation import Evaluation
from runtime.compiler.inference.reading import read
from runtime.compiler.inference.slots import find
from runtime.compiler.inference.type_names import UNKNOWN


def types_of(code: str, variable: str) -> set[str]:
    parsed = read(code)
    slot = find(parsed, variable)
    assert slot is not None
    evaluation = Evaluation(parsed)
    return set(evaluation.result(slot.scope) if slot.role == "return" else evaluation.variable(slot.name, slot.scope))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1", "int"),
        ("1 / 2", "float"),
        ("2 * 1.5 - 1", "float"),
        ("True + 1", "int"),
        ("-True", "int"),
        ("1 < x", "bool"),
        ("not x", "bool"),
        ("f'{x}'", "str"),
        ("'%s' % x", "str"),
        ("', '.join(x)", "str"),
        ("'a b'.split()", "list[str]"),
        ("'a b'.split()[0]", "str"),
        ("b'a' * 3", "bytes"),
        ("len(x)", "int"),
        ("[1, 2]", "list[int]"),
        ("[i * 0.5 for i in range(3)]", "list[float]"),
        ("{'a': 1}", "dict[str, int]"),
        ("{'a': [1.0]}['a']", "list[float]"),
        ("(1, 'a')", "tuple[int, str]"),
        ("(1, 'a')[1]", "str"),
        ("sorted({1, 2})", "list[int]"),
        ("max(1.5, 2.5)", "float"),
        ("sum(len(i) for i in x)", "int"),
        ("sum([True, False])", "int"),
        ("os.path.join('a', 'b')", "str"),
        ("np.zeros(3) + 1", "ndarray"),
        ("lambda: 1", "function"),
        ("None", "None"),
    ],
)
def test_an_expression(value: str, expected: str) -> None:
    assert types_of(f"import os\ndef f(x):\n    found = {value}\n", "found") == {expected}


def test_what_is_not_known_is_said_so() -> None:
    assert types_of("def f(x):\n    y = x.thing()\n", "y") == {UNKNOWN}


def test_a_sum_begins_with_an_integer() -> None:
    assert types_of("def f(x):\n    y = sum(x)\n", "y") == {"int", UNKNOWN}


def test_loops_and_unpacking() -> None:
    code = "def f(x):\n    for i, (word, n) in enumerate([('a', 1.5)]):\n        pass\n"
    assert [types_of(code, name) for name in ("i", "word", "n")] == [{"int"}, {"str"}, {"float"}]


def test_functions_attributes_and_calls_of_the_same_file() -> None:
    code = """
class A:
    def __init__(self, size):
        self.size = size
        self.words = []

    @property
    def area(self):
        return self.size ** 2

    def twice(self):
        half = self.area
        return half * 2.0


made = A(3)
"""
    assert types_of(code, "__init__.size") == {"int"}
    assert types_of(code, "half") == {"int"}
    assert types_of(code, "twice.return") == {"float"}
    assert types_of(code, "made") == {"A"}


def test_annotations() -> None:
    code = "def f(a: int, b: 'list[str]', c: Optional[float], d: dict[str, int] | None, e: Path) -> bool: ..."
    expected = [{"int"}, {"list[str]"}, {"float", "None"}, {"dict[str, int]", "None"}, {"object", UNKNOWN}, {"bool"}]
    assert [types_of(code, f"f.{name}") for name in ("a", "b", "c", "d", "e", "return")] == expected


def test_circles_end() -> None:
    code = "def f(n):\n    a = b\n    b = a\n    return g(a)\ndef g(n):\n    return f(n)\n"
    assert types_of(code, "f.return") == {UNKNOWN}


def test_a_guess_stands_in_for_what_is_not_known() -> None:
    parsed = read("def f(x):\n    y = x\n    return y[0]\n")
    slot = find(parsed, "f.return")
    assert slot is not None
    guessed = Evaluation(parsed, lambda _function, name: "list[int]" if name == "x" else "")
    assert guessed.result(slot.scope) == {"int"}
