import pytest

from runtime.constraints import parse
from runtime.errors import InputError


@pytest.mark.parametrize(
    ("text", "values", "expected"),
    [
        ("width % heads == 0", {"width": 64, "heads": 4}, True),
        ("width % heads == 0", {"width": 65, "heads": 4}, False),
        ("width % heads == 0", {"width": 65, "heads": 0}, False),
        ("a <= b", {"a": 1, "b": 1}, True),
        ("a < b", {"a": 1, "b": 1}, False),
        ("a + b <= 10", {"a": 4, "b": 7}, False),
        ("a * b <= 128", {"a": 16, "b": 8}, True),
        ("2 * a - b >= -1", {"a": 0, "b": 1}, True),
        ("a <= b", {"a": 1}, False),
        ("a <= b", {"a": "x", "b": 3}, False),
    ],
)
def test_holds(text, values, expected):
    assert parse(text).holds(values) is expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a <= b <= c",
        "f(a) <= 1",
        "a.b <= 1",
        "a ** b <= 1",
        "a != 1",
        "1 <= 2",
        "a <= 'x'",
        "a <= True",
        "(" * 300,
    ],
)
def test_anything_else_is_refused(text):
    with pytest.raises(InputError, match="can't be read"):
        parse(text)


def test_the_tuner_can_read_the_shape():
    assert parse("a + 2 * b <= 10").linear() == ({"a": 1.0, "b": 2.0}, 10.0)
    assert parse("a >= b + 1").linear() == ({"a": -1.0, "b": 1.0}, -1.0)
    assert parse("a * b <= 8").linear() is None and parse("a % b == 0").linear() is None
    assert parse("a * b <= 8").product() == ("a", "b", 8.0)
    assert parse("a <= b").product() is None
