import math

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.constraints import parse
from runtime.errors import InputError
from runtime.search_space import defaults, parse_search_space
from tools.execution.hyperparameters import repair

SPACE = parse_search_space(
    {
        "lr": {"default": 0.001, "type": "Real", "low": 1e-6, "high": 0.1, "prior": "log-uniform"},
        "width": {"default": 64, "type": "Integer", "low": 8, "high": 512},
        "heads": {"default": 4, "type": "Categorical", "categories": [1, 2, 4, 8]},
        "layers": {"default": 2, "type": "Integer", "low": 1, "high": 40},
        "bits": {"default": 32, "type": "Categorical", "categories": [8, 16, 32]},
        "act": {"default": "relu", "type": "Categorical", "categories": ["relu", "gelu"]},
        "norm": {"default": True, "type": "Categorical", "categories": [True, False]},
    }
)
CONSTRAINTS = ["width % heads == 0", "layers * heads <= 128", "layers <= width", "layers + heads <= 30"]
WILD = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**6), 10**6), st.floats(), st.text(max_size=5), st.lists(st.integers()),
    st.sampled_from(["64", "1e-3", " Relu", "true", "nan"]), st.floats(-5, 5).map(numpy.float32),
    st.integers(0, 900).map(numpy.int64), st.integers(0, 3).map(lambda n: numpy.array([n])),
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from([*SPACE, "unknown"]), WILD))
def test_any_values_become_valid(values):
    fixed, notes = repair(values, SPACE, CONSTRAINTS)
    assert list(fixed) == list(SPACE)
    for name, parameter in SPACE.items():
        value = fixed[name]
        if parameter.type == "Categorical":
            assert value in parameter.categories and type(value) in (bool, int, str)
        else:
            assert type(value) is (int if parameter.type == "Integer" else float)
            assert parameter.low <= value <= parameter.high
    assert all(parse(text).holds(fixed) for text in CONSTRAINTS)
    assert repair(fixed, SPACE, CONSTRAINTS) == (fixed, [])
    for name in values:
        if name in fixed and not (type(values[name]) is type(fixed[name]) and values[name] == fixed[name]):
            changed = isinstance(values[name], numpy.generic | numpy.ndarray | bool | int | float)
            assert changed or any(name in note for note in notes)


@given(st.integers(8, 512), st.sampled_from([1, 2, 4, 8]))
def test_a_width_moves_to_the_nearest_multiple(width, heads):
    fixed, notes = repair({**defaults(SPACE), "width": width, "heads": heads}, SPACE, CONSTRAINTS)
    assert fixed["heads"] == heads and fixed["width"] % heads == 0
    assert abs(fixed["width"] - width) <= heads / 2 and bool(notes) == (width % heads != 0)


def test_repairs_are_said_in_words():
    given_values = {"lr": 5, "width": "64", "heads": 3, "layers": 2.6, "bits": numpy.int64(8), "act": "GELU", "x": 1}
    fixed, notes = repair(given_values, SPACE)
    assert fixed == {"lr": 0.1, "width": 64, "heads": 2, "layers": 3, "bits": 8, "act": "gelu", "norm": True}
    text = "\n".join(notes)
    for piece in ("x is not in", "lr=5 is outside [1e-06, 0.1]", "width='64'", "heads=3 is no category", "rounded to 3",
                  "act='GELU'", "norm was missing"):  # fmt: skip
        assert piece in text
    assert "bits" not in text


def test_nan_takes_the_default():
    assert repair({"lr": math.nan}, SPACE)[0]["lr"] == 0.001


def test_an_impossible_constraint_is_an_input_error():
    with pytest.raises(InputError, match="widen a range"):
        repair({}, SPACE, ["width <= 2"])
    with pytest.raises(InputError, match="can't be read"):
        repair({}, SPACE, ["width is nice"])


def test_a_constraint_on_an_absent_name_is_ignored():
    assert repair(defaults(SPACE), SPACE, ["patch <= 2"]) == (defaults(SPACE), [])
