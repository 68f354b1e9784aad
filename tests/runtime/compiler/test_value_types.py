"""Names of types."""

import numpy
import pytest

from runtime.compiler.value_types import parts, type_name, union


@pytest.mark.parametrize(
    "value, name",
    [
        (True, "bool"),
        ([1, 2.0], "list[float | int]"),
        ([1, "a", None, 2.0], "list[Any]"),
        ({"a": [1]}, "dict[str, list[int]]"),
        ([], "list"),
        ((1, "a"), "tuple[int, str]"),
        (tuple(range(9)), "tuple[int, ...]"),
        (int, "type"),
        (len, "function"),
        (numpy.float64(1), "numpy.float64"),
        (numpy.zeros((1, 2), "int16"), "ndarray[int16, 2]"),
        (numpy.zeros(1, [("a secret", "i4")]), "ndarray[void, 1]"),
    ],
)
def test_type_name(value: object, name: str) -> None:
    assert type_name(value) == name


def test_a_union_is_split_outside_of_brackets_alone() -> None:
    assert parts("int | dict[str, int | None]") == ["int", "dict[str, int | None]"]
    assert union(["list[int | None]", "int", "int"]) == "int | list[int | None]"
    assert union(["Any", "int"]) == union([]) == "Any"
