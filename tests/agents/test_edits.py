"""Short corrections are made exactly where they belong, or refused with the reason."""

import pytest

from agents.answers import read_correction, read_review
from agents.edits import apply_edits
from runtime.models.calls import Unreadable

CODE = """import torch


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    for epoch in range(3):
        x = 1
        y = 2
    z = 3
    z = 3
    return x, {}
"""


def edit(old: str, new: str) -> str:
    return f"<<<<<<< SEARCH\n{old}\n=======\n{new}\n>>>>>>> REPLACE\n"


def test_whole_lines_are_replaced_in_order_and_the_rest_stays() -> None:
    answer = f"```python\n{edit('        x = 1', '        x = 5')}```\nand\n{edit('        x = 5', '        x = 6')}"
    assert apply_edits(answer, CODE) == CODE.replace("x = 1", "x = 6")
    assert apply_edits(edit("        y = 2", ""), CODE) == CODE.replace("        y = 2\n", "")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("x = 1\ny = 2", "x = 1\nif x:\n    y = 9"),
        ("            x = 1\n            y = 2", "            x = 1\n            if x:\n                y = 9"),
    ],
)
def test_another_indentation_is_forgiven(old: str, new: str) -> None:
    wanted = "        x = 1\n        if x:\n            y = 9\n"
    assert apply_edits(edit(old, new), CODE) == CODE.replace("        x = 1\n        y = 2\n", wanted)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("nowhere", "x", "stands in the module 0 times"),
        ("    z = 3", "x", "stands in the module 2 times"),
        ("", "x", "is empty"),
        ("        x = 1", "        x = (", "syntax error"),
    ],
)
def test_an_edit_that_fits_nowhere_is_refused(old: str, new: str, said: str) -> None:
    with pytest.raises(Unreadable, match=said):
        apply_edits(edit(old, new), CODE)


def test_debugger_and_reviewer_may_answer_with_edits() -> None:
    said = '```json\n{"kind": "training_code", "explanation": "because"}\n```\n```\n'
    correction = read_correction(f"{said}{edit('x = 1', 'x = 4')}```", CODE, {})
    assert (correction.kind, correction.training_code) == ("training_code", CODE.replace("x = 1", "x = 4"))
    review = read_review(f'{{"issues": ["bad"]}}\n{edit("x = 1", "x = 4")}', CODE)
    assert review.training_code == correction.training_code and review.issues[0].message == "bad"
    with pytest.raises(Unreadable, match="same as before"):
        read_correction(edit("x = 1", "x = 1"), CODE, {})
