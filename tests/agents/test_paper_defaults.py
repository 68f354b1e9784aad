import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.paper_defaults import adopt
from agents.paper_names import GROUP_OF, NAMES, code_name, is_size, read_name
from agents.paper_values import read_number
from runtime.search_space import defaults, parse_search_space
from tools.papers.brief import Hyperparameter

SPACE = parse_search_space(
    {
        "lr": {"default": 0.002, "type": "Real", "low": 1e-4, "high": 0.02, "prior": "log-uniform"},
        "weight_decay": {"default": 0.01, "type": "Real", "low": 1e-4, "high": 0.3, "prior": "log-uniform"},
        "batch_size": {"default": 64, "type": "Categorical", "categories": [32, 64]},
        "epochs": {"default": 20, "type": "Integer", "low": 5, "high": 40},
        "hidden_size": {"default": 64, "type": "Categorical", "categories": [32, 64, 128]},
        "layers": {"default": 2, "type": "Integer", "low": 1, "high": 4},
        "dropout": {"default": 0.1, "type": "Real", "low": 0.01, "high": 0.5},
        "optimizer": {"default": "adamw", "type": "Categorical", "categories": ["adamw", "sgd"]},
        "quantization_bits": {"default": 8, "type": "Categorical", "categories": [8, 16, 32]},
    }
)


def adopted(*pairs, **others):
    given = [Hyperparameter(name=name, value=value) for name, value in pairs]
    return adopt(SPACE, given, **{"samples": 2000, **others})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-4", 1e-4), ("0.1", 0.1), (".5", 0.5), ("512", 512), ("3 × 10^-4", 3e-4), ("3 × 10⁻⁴", 3e-4),
        ("10^{-3}", 1e-3), (r"$3\times10^{-4}$", 3e-4), ("10−3", 1e-3), ("5 x 10-4", 5e-4), ("2**-7", 2**-7),
        ("1,000", 1000), ("10k", 10_000), ("1.5 million", 1.5e6), ("5%", 0.05), (r"10\%", 0.1), ("64 (per GPU)", 64),
        ("300 epochs", 300), ("0.1, decayed by 10 at epochs 30 and 60", 0.1), ("about 0.3", 0.3), ("−2", -2),
        ("64-dimensional", 64), ("3e-4 (Adam)", 3e-4), ("$\\eta$ = 0.1", None), ("0.1, 0.01", None),
        ("{16, 32}", None), ("from 0.1 to 0.001", None), ("between 16 and 64", None), ("0.9, 0.999", None),
        ("256 x 8", None), ("16-32", None), ("1e-3 → 1e-5", None), ("Adam", None), ("", None), ("1e999", None),
        ("9^999", None), ("1 000", None), ("10-3", None),
    ],
)  # fmt: skip
def test_what_papers_write_for_a_number(text, value):
    assert read_number(text) == (None if value is None else pytest.approx(value))


@given(st.text(max_size=300) | st.from_regex(r"[0-9.,eExX^*{}$\\ kM%/−×-]{0,40}", fullmatch=True))
@settings(max_examples=400)
def test_any_text_is_a_finite_number_or_none(text):
    value = read_number(text)
    assert value is None or math.isfinite(value)
    read_name(text)


@given(st.floats(1e-12, 1e12), st.sampled_from(["{:g}", "{:.3e}", "{:.6f}"]))
def test_a_plain_number_is_read_as_python_reads_it(value, form):
    assert read_number(form.format(value)) == float(form.format(value))


def test_a_name_stands_in_one_group_only():
    assert len(GROUP_OF) == sum(map(len, NAMES.values()))
    assert all(read_name(name) == name for name in GROUP_OF)


def test_the_paper_and_the_code_may_call_it_differently():
    assert code_name("Learning rate ($\\eta$)", SPACE) == "lr"
    assert code_name("d_model", SPACE) == "hidden_size"
    assert code_name("mini-batch size", SPACE) == "batch_size"
    assert code_name("quantization_bits", SPACE) is None
    assert code_name("temperature", SPACE) is None
    assert is_size("d_ff") and is_size("conv_channels") and not is_size("batch_size") and not is_size("lr")


def test_values_become_defaults_and_ranges_are_widened_to_hold_them():
    found = adopted(
        ("learning rate", "0.1"), ("batch size", "16 (per GPU)"), ("p_drop", "30 %"), ("d_model", "96"),
        ("epochs", "100"), ("optimizer", "SGD with momentum"),
    )  # fmt: skip
    assert found.left_out == []
    assert found.taken == {
        "lr": 0.1, "batch_size": 16, "dropout": 0.3, "hidden_size": 96, "epochs": 100, "optimizer": "sgd",
    }  # fmt: skip
    assert defaults(found.space) | found.taken == defaults(found.space)
    assert found.space["lr"].high == 0.1 and found.space["epochs"].high == 100
    assert found.space["batch_size"].categories == [16, 32, 64]
    assert found.space["layers"] == SPACE["layers"]
    assert "lr 0.1" in found.reasons()[0]
    assert found.as_metadata()["paper_defaults"] == found.taken


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("d_model", "512", "above 128"), ("number of layers", "12", "above 4"), ("lr", "0", "outside"),
        ("lr", "1000", "outside"), ("batch size", "4096", "outside 1 to 500"), ("epochs", "2000", "outside"),
        ("weight decay", "0", "log scale"), ("optimizer", "LAMB", "knows only adamw, sgd"),
        ("lr", "{0.1, 0.01}", "no single number"), ("layers", "2.5", "whole numbers"), ("hidden size", "0", "at 1"),
    ],
)  # fmt: skip
def test_insane_and_size_breaking_values_stay_out_with_the_reason(name, value, why):
    found = adopted((name, value))
    assert found.space == SPACE and found.taken == {}
    assert why in found.left_out[0] and name in found.left_out[0]
    assert found.reasons() == [f"not taken over from the paper: {found.left_out[0]}"]


def test_a_constraint_or_a_size_check_of_the_caller_may_refuse():
    assert "constraint" in adopted(("layers", "3"), constraints=["hidden_size % layers == 0"]).left_out[0]
    asked = []
    found = adopted(("d_model", "512"), fits=lambda space: asked.append(space) or False)
    assert "size limit" in found.left_out[0] and asked[0]["hidden_size"].default == 512
    assert adopted(("d_model", "512"), fits=lambda _: True).taken == {"hidden_size": 512}
    assert adopted(("epochs", "60"), bounds={"epochs": (3, 30)}).taken == {}


@given(st.lists(st.tuples(st.sampled_from([*GROUP_OF, "x", "optimizer"]), st.text(max_size=20) | st.floats().map(str))))
@settings(max_examples=200)
def test_the_space_stays_valid_whatever_the_brief_says(pairs):
    found = adopted(*pairs)
    assert parse_search_space({name: one.model_dump() for name, one in found.space.items()}) == found.space
    assert set(found.space) == set(SPACE)
