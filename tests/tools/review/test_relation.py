"""Constraints are read, never evaluated."""

import pytest

from tools.review.relation import RelationError, holds, parse_relation


@pytest.mark.parametrize(
    "text, values, answer",
    [
        ("width % heads == 0", {"width": 32, "heads": 4}, True),
        ("width % heads == 0", {"width": 30, "heads": 4}, False),
        ("width % heads == 0", {"width": 30, "heads": 0}, False),
        ("a + b <= 10", {"a": 4, "b": 6}, True),
        ("a * b <= 128", {"a": 12, "b": 12}, False),
    ],
)
def test_holds(text: str, values: dict[str, int], answer: bool) -> None:
    assert holds(parse_relation(text), values) is answer


@pytest.mark.parametrize(
    "text", ["", "a", "a ==", "a == b == c", "f(a) == 0", "a ** b == 1", "a == 'x'", "a.b == 0", "[a] == 0"]
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(RelationError):
        parse_relation(text)
