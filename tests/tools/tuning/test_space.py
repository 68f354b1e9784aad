"""Search spaces: what is refused, in words; what becomes fixed; the unit cube."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.errors import InputError
from runtime.search_space import parse_search_space
from tools.tuning.encoding import from_unit, is_inside, same_point, to_unit
from tools.tuning.random_tuner import SobolDesign
from tools.tuning.space import MAX_PARAMETERS, split_fixed, validate_space

REAL = {"type": "Real", "default": 0.01, "low": 1e-5, "high": 1.0, "prior": "log-uniform"}
WIDTH = {"type": "Integer", "default": 32, "low": 8, "high": 512}
BITS = {"type": "Categorical", "default": 8, "categories": [8, 16, 32]}


def test_the_seed_example_is_accepted():
    space = validate_space({"lr": REAL, "hidden_size": WIDTH, "quantization_bits": BITS})
    assert list(space) == ["lr", "hidden_size", "quantization_bits"]


@pytest.mark.parametrize(
    ("bo_config", "words"),
    [
        ({}, "empty"),
        ([1], "empty"),
        ({f"p{i}": REAL for i in range(MAX_PARAMETERS + 1)}, "keep the 30"),
        ({"learning rate": REAL}, "'learning rate': the name must be a Python identifier"),
        ({"lambda": REAL}, "'lambda': the name must be a Python identifier"),
        ({"device": REAL}, "'device': the name is already an argument"),
        ({"lr": {**REAL, "low": 2.0}}, "'lr': low 2.0 is above high 1.0"),
        ({"lr": {**REAL, "default": 7.0}}, "'lr': default 7.0 is outside"),
        ({"lr": {**REAL, "low": 0.0}}, "'lr': a log-uniform range must start above 0"),
        ({"lr": {**REAL, "low": 1e-30}}, "'lr': high is 1e+30 times low"),
        ({"lr": {**REAL, "high": float("inf")}}, "'lr': 'high': input should be a finite number"),
        ({"w": {**WIDTH, "high": 10**8}}, "'w': the range from 8 to 1e+08 is too wide"),
        ({"w": {**WIDTH, "high": 10**15}}, "'w': the bound 1e+15 is absurd"),
        ({"w": {**WIDTH, "default": "many"}}, "'w': 'default': input should be a valid integer"),
        ({"w": {"type": "Integer", "low": 1, "high": 2}}, "'w': 'default' is missing"),
        ({"w": {**WIDTH, "step": 8}}, "'w': 'step' is not a field"),
        ({"w": {**WIDTH, "type": "Int"}}, "'w': give it a \"type\""),
        ({"w": 3}, "'w':"),
        ({"b": {**BITS, "categories": []}}, "'b': 'categories':"),
        ({"b": {**BITS, "default": 7}}, "'b': default 7 is not one of"),
        ({"b": {**BITS, "categories": [8, 8]}}, "hold one value twice"),
        ({"b": {**BITS, "categories": list(range(100))}}, "100 categories are too many"),
        ({"b": {"type": "Categorical", "default": 1.0, "categories": [1.0, float("nan")]}}, "not a finite number"),
    ],
)
def test_a_bad_space_is_one_sentence_that_names_the_fault(bo_config, words):
    with pytest.raises(InputError) as caught:
        validate_space(bo_config)
    message = str(caught.value)
    assert words in message
    assert "\n" not in message
    assert message.endswith(".")


def test_one_value_becomes_fixed_and_a_fixed_value_leaves_the_space():
    space = validate_space(
        {"lr": REAL, "b": {**BITS, "categories": [8]}, "w": {**WIDTH, "low": 32, "high": 32}, "q": BITS}
    )
    free, held = split_fixed(space, {"q": 16})
    assert list(free) == ["lr"]
    assert held == {"b": 8, "w": 32, "q": 16}


@pytest.mark.parametrize("fixed", [{"nope": 1}, {"lr": 5.0}, {"q": 12}, {"q": "8"}])
def test_a_fixed_value_that_does_not_fit_is_refused(fixed):
    with pytest.raises(InputError, match="fixed"):
        split_fixed(validate_space({"lr": REAL, "q": BITS}), fixed)


@st.composite
def spaces(draw):
    def real(prior):
        low = draw(st.floats(1e-6, 10.0))
        high = low * draw(st.floats(1.001, 1e5))
        return {"type": "Real", "default": low, "low": low, "high": high, "prior": prior}

    def integer(prior):
        low = draw(st.integers(1, 100))
        return {"type": "Integer", "default": low, "low": low, "high": low + draw(st.integers(0, 1000)), "prior": prior}

    def category(_prior):
        values = draw(st.lists(st.sampled_from([1, 2, 8, 0.5, "a", "b", False]), min_size=1, unique_by=str))
        return {"type": "Categorical", "default": values[0], "categories": values}

    kinds = draw(st.lists(st.sampled_from([real, integer, category]), min_size=1, max_size=6))
    return {f"p{i}": kind(draw(st.sampled_from(["uniform", "log-uniform"]))) for i, kind in enumerate(kinds)}


@settings(max_examples=60, deadline=None)
@given(spaces(), st.integers(0, 2**32 - 1))
def test_every_drawn_point_is_inside_and_survives_the_cube(bo_config, seed):
    space = validate_space(bo_config)
    design = SobolDesign(space, seed)
    for _ in range(4):
        values = design.draw()
        assert is_inside(space, values)
        cube = to_unit(space, values)
        assert all(0.0 <= u <= 1.0 for u in cube)
        back = from_unit(space, cube)
        for name, value in values.items():
            assert back[name] == pytest.approx(value, rel=1e-6) if isinstance(value, float) else back[name] == value


@settings(max_examples=30, deadline=None)
@given(spaces())
def test_a_valid_space_is_read_as_the_contract_reads_it(bo_config):
    assert validate_space(bo_config) == parse_search_space(bo_config)


def test_equal_points_have_one_key_whatever_the_order_and_the_last_digits():
    assert same_point({"a": 0.1 + 0.2, "b": 1}) == same_point({"b": 1, "a": 0.3})
    assert same_point({"a": 1}) != same_point({"a": True})


def test_integers_get_equal_shares_at_the_ends():
    space = validate_space({"d": {"type": "Integer", "default": 1, "low": 1, "high": 4}})
    shares = [from_unit(space, [(i + 0.5) / 400])["d"] for i in range(400)]
    assert [shares.count(value) for value in (1, 2, 3, 4)] == [100, 100, 100, 100]
