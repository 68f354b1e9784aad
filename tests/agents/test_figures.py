"""Every figure of a worded answer stands in the facts, or is named."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.figures import figures, unsupported

FACTS = """Run 7 (digits-20261120T101502-3f9a): SUCCESS: the model beats the baselines
- asked for: 10 trials, at most 64.0 KB, target cpu
- measured: accuracy 97.5 % on 360 test rows, better than majority class 10.0 %, logistic regression 96.4 %
- size: 50.7 KB of 64.0 KB allowed, 1,797 parameters at 8 bits
- hyperparameters: lr 0.001, width 32
- time and cost: 1 min 12 s, $0.0312"""


@pytest.mark.parametrize(
    "text",
    [
        "Run 7 reached 97.5 % accuracy.",
        "It reached an accuracy of 0.975, about 98 percent.",
        "It is 50.7KB large, roughly 51 KB, with 1797 parameters.",
        "It has 1 797 weights of 8 bits.",
        "It took 72 seconds, that is 1 min 12 s, and cost $0.03 (3 cents).",
        "With ten trials and a limit of 64 KB the learning rate was 1e-3.",
        "digits-20261120T101502-3f9a is one of the good ones.",
        "It went well; no figure is needed.",
        "９７.５ % in wide digits is the same.",
    ],
)
def test_what_the_facts_hold_may_be_said(text: str) -> None:
    assert unsupported(text, FACTS) == []


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("It reached 98.5 %.", "98.5 %"),
        ("It reached an accuracy of 0.985.", "0.985"),
        ("It reached 0.975 %.", "0.975 %"),
        ("It needs 50.7 MB.", "50.7 MB"),
        ("It took 12 s.", "12 s"),
        ("It took 72 minutes.", "72 minutes"),
        ("Run 8 reached 97.5 %.", "run 8"),
        ("It is eleven times better.", "eleven"),
        ("ninety-nine percent were right", "ninety-nine percent"),
        ("It is twice as good.", "twice"),
        ("It cost $3.12.", "$3.12"),
        ("R2 of -97.5 %", "-97.5 %"),
        ("the run wine-20261120T101502-3f9a", "wine-20261120t101502-3f9a"),
        ("It has 3 layers and 9 heads.", "3"),
        ("七 layers", "七"),
        ("٩٩ %", "99 %"),
        ("about 100 %", "100 %"),
        ("roughly 60 KB", "60 KB"),
        ("a hundred rows", "hundred"),
    ],
)
def test_what_they_do_not_hold_is_named(text: str, named: str) -> None:
    assert named in unsupported(text, FACTS)


@given(st.text(max_size=300))
def test_a_text_stands_in_itself_whatever_it_holds(text: str) -> None:
    assert unsupported(text, text) == []


@given(st.text(max_size=80), st.text(max_size=80))
def test_no_text_breaks_it(text: str, facts: str) -> None:
    unsupported(text, facts)


shares = st.decimals(min_value=Decimal("0.02"), max_value=Decimal("0.999"), places=4)


@given(shares, st.integers(0, 2))
def test_a_rounded_percentage_of_a_share_is_the_same_figure(share: Decimal, decimals: int) -> None:
    said = round(100 * share, decimals)
    if abs(said - 100 * share) <= Decimal("0.05") * 100 * share:
        assert unsupported(f"accuracy {said} %", f"score {share}") == []
        assert unsupported(f"accuracy {round(share, 4)}", f"score {100 * share} %") == []


@given(shares, shares, st.sampled_from([" %", " KB", " s", ""]))
def test_another_figure_is_never_taken_for_the_one_in_the_facts(one: Decimal, other: Decimal, unit: str) -> None:
    one, other = 100 * one, 100 * other
    if abs(one - other) > Decimal("0.05") * max(one, other):
        assert unsupported(f"It is {other}{unit}.", f"It was {one}{unit}.") == [f"{other}{unit}"]


@given(st.integers(2, 999_999))
def test_grouping_does_not_change_a_number(count: int) -> None:
    assert unsupported(f"{count:,} rows", f"rows {count}") == []
    assert [figure.value for figure in figures(f"{count:,} rows")] == [count]
