"""What a person's answer means, on every surface."""

from typing import Any

import pytest

from runtime.approval import Answer, Question, read_answer
from runtime.errors import InputError

DATASET = Question(kind="dataset", text="?", choices=["yes", "no", "iris", "my data.csv"])
CODE = Question(kind="code", text="?")
BUDGET = Question(kind="budget", text="?", details={"spent": {"max_usd": 1.0}, "limits": {"max_usd": 1.0}})


@pytest.mark.parametrize(
    ("question", "value", "expected"),
    [
        (DATASET, True, Answer(approve=True)),
        (DATASET, False, Answer(approve=False)),
        (DATASET, " Yes. ", Answer(approve=True)),
        (DATASET, "no, too small", Answer(approve=False, comment="too small")),
        (DATASET, "iris", Answer(approve=True, dataset="iris")),
        (DATASET, "my data.csv", Answer(approve=True, dataset="my data.csv")),
        (DATASET, {"dataset": "iris"}, Answer(approve=True, dataset="iris")),
        (CODE, "OK", Answer(approve=True)),
        (CODE, "use Adam instead", Answer(approve=False, comment="use Adam instead")),
        (CODE, "no: use Adam", Answer(approve=False, comment="use Adam")),
        (CODE, {"comment": "use Adam"}, Answer(approve=False, comment="use Adam")),
        (CODE, {"approve": True, "comment": "fine"}, Answer(approve=True, comment="fine")),
        (BUDGET, '{"max_usd": 2}', Answer(approve=True, max_usd=2)),
        (BUDGET, "$2.50", Answer(approve=True, max_usd=2.5)),
        (BUDGET, "3 usd and 20,000 tokens", Answer(approve=True, max_usd=3, max_tokens=20000)),
        (BUDGET, "yes, 3 usd", Answer(approve=True, comment="3 usd", max_usd=3)),
        (BUDGET, "30 minutes", Answer(approve=True, max_minutes=30)),
        (BUDGET, "90 s", Answer(approve=True, paper_seconds=90)),
        (BUDGET, Answer(approve=True, max_usd=2), Answer(approve=True, max_usd=2)),
    ],
)  # fmt: skip
def test_an_answer_is_understood(question: Question, value: Any, expected: Answer) -> None:
    assert read_answer(question, value) == expected


@pytest.mark.parametrize(
    ("question", "value", "said"),
    [
        (DATASET, "what is this about?", "yes, no, iris or my data.csv"),
        (DATASET, "", "is no answer"),
        (CODE, "banana", "what to change"),
        (CODE, "what does it do?", "what to change"),
        (CODE, None, "is no answer"),
        (CODE, [], "is no answer"),
        (CODE, {}, "approve"),
        (CODE, {"aprove": True}, "aprove"),
        (CODE, '{"approve": ', "no JSON"),
        (CODE, {"approve": "perhaps"}, "approve"),
        (BUDGET, "more", "the new limit"),
        (BUDGET, {"max_usd": -1}, "max_usd"),
        (BUDGET, {"max_usd": 0.5}, "no more than the 1 that are spent"),
    ],
)
def test_nonsense_is_refused_with_the_reason(question: Question, value: Any, said: str) -> None:
    with pytest.raises(InputError, match=said.replace("(", r"\(")):
        read_answer(question, value)
