"""The intake as a language model plays it: held to the user's words, and its answers to the facts."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from openai_server import OpenAIServer
from scripted_server import Fail, Line, Say

from agents.contracts import Intake, IntakeAnswer, IntakeRequest, TellRequest
from agents.registry import make_agents
from agents.said import left_out
from runtime.models.usage import Ledger
from runtime.task import Task

LAST = Task(dataset="digits", trials=3, target="cpu", size_limit_kb=100)
FACTS = "Run 7 (digits-20261120T101502-aaaa): SUCCESS\n- measured: accuracy 97.5 % on 360 test rows\n- size: 50.7 KB"


@pytest.fixture
def ask(settings: Callable[..., Any]) -> Callable[..., tuple[Any, OpenAIServer]]:
    """`ask(lines, what)` gives what `what(intake)` returns, and the server that it asked."""

    def play(lines: list[Line], what: Callable[[Intake], Any], **task: Any) -> tuple[Any, OpenAIServer]:
        with OpenAIServer(*lines) as server:
            whole = Task(dataset="digits", model=f"openai:m@{server.base_url}", **task)
            return what(make_agents(whole, settings(arxla_model_attempts=2), Ledger()).intake), server

    return play


def understand(ask: Any, answer: dict[str, Any], *said: str, last: Task | None = None) -> IntakeAnswer:
    request = IntakeRequest(messages=[("human", text) for text in said], last_task=last, last_size_kb=50.7)
    found: IntakeAnswer = ask([Say(json.dumps(answer))], lambda intake: intake.understand(request))[0]
    return found


def test_numbers_have_to_be_the_users(ask: Any) -> None:
    task = {"dataset": "wine", "trials": 5, "size_limit_kb": 1024, "seed": 42, "max_usd": 9, "target": "cuda"}
    answer = understand(ask, {"task": task}, "train on wine with five trials under 1 MB")
    assert answer.task is not None
    assert answer.task.model_dump(exclude_unset=True) == {"dataset": "wine", "trials": 5, "size_limit_kb": 1024}
    assert all(name in answer.note for name in ("seed 42", "max usd 9", "target cuda"))


def test_a_change_is_reckoned_here_not_by_the_model(ask: Any) -> None:
    answer = understand(
        ask, {"change": ["smaller"], "task": {"target": "cpu", "size_limit_kb": 7}}, "a smaller one on cpu", last=LAST
    )
    assert answer.task is not None and (answer.task.size_limit_kb, answer.task.dataset) == (25, "digits")
    assert "50.7 KB" in answer.note and "size limit kb 7" in answer.note
    assert "could be changed" in str(understand(ask, {"change": ["smaller"]}, "a smaller one").question)


@pytest.mark.parametrize(
    "answer", [{"task": {"goal": "predict fuel use"}}, {"change": ["again"]}, {"question": "What?"}]
)
def test_a_plain_question_starts_no_run_whatever_the_model_takes_it_for(ask: Any, answer: dict[str, Any]) -> None:
    lookup = understand(ask, answer, "Why did run 1 stop?", last=LAST).lookup
    assert lookup is not None and (lookup.kind, lookup.runs) == ("why", ["1"])
    assert understand(ask, {"change": ["more_trials"]}, "how about more trials?", last=LAST).task is not None


def test_what_arxla_asked_is_the_users_word_only_when_they_agree(ask: Any) -> None:
    invented = {"task": {"dataset": "imdb"}}
    assert understand(ask, invented, "what is the weather").question == "Which dataset should I work on?"
    assert "Did you mean imdb?" in str(understand(ask, invented, "train on imbd").question)
    for reply, agreed in (("hello", False), ("Warum ist Lauf 1 zu Ende?", False), ("yes please", True), ("ja", True)):
        asked = [("human", "train on imbd"), ("ai", "Did you mean imdb?"), ("human", reply)]
        request = IntakeRequest(messages=asked)
        answer = ask([Say(json.dumps(invented))], lambda intake, given=request: intake.understand(given))[0]
        assert (answer.task is not None) == agreed, reply


def test_a_plain_wish_to_see_runs_starts_none(ask: Any) -> None:
    lookup = understand(ask, {"task": {"dataset": "wine"}}, "show my best runs").lookup
    assert lookup is not None and lookup.kind == "best"


def test_a_question_that_names_its_run_needs_no_model(ask: Any) -> None:
    request = IntakeRequest(messages=[("human", "why did run 7 stop?")])
    answer, server = ask([], lambda intake: intake.understand(request))
    assert (answer.lookup.kind, answer.lookup.runs, server.requests) == ("why", ["7"], [])


def test_a_lookup_names_the_users_runs_and_data_alone(ask: Any) -> None:
    invented = {"lookup": {"kind": "why", "runs": ["3"], "dataset": "wine"}}
    lookup = understand(ask, invented, "why did run 7 stop?").lookup
    assert lookup is not None and (lookup.kind, lookup.runs, lookup.dataset) == ("why", ["7"], "")
    best = understand(ask, {"lookup": {"kind": "best", "dataset": "digits"}}, "my best ones on digits").lookup
    assert best is not None and best.dataset == "digits"


def test_a_program_is_reviewed_and_not_sent(ask: Any) -> None:
    said = "is this XLA-clean?\n```python\nimport torch\nSECRET = 1\n```"
    request = IntakeRequest(messages=[("human", said)])
    lines = [Say('{"lookup": {"kind": "review"}}')]
    answer, server = ask(lines, lambda intake: intake.understand(request))
    assert answer.lookup.code == "import torch\nSECRET = 1\n"
    assert "SECRET" not in json.dumps(server.requests[0].body) and "a program of" in json.dumps(server.requests[0].body)


@pytest.mark.parametrize(
    ("name", "value", "said", "borne_out"),
    [
        ("max_rows", 10_000, "10k rows", True),
        ("max_minutes", 120, "in two hours", True),
        ("trials", 0, "no tuning please", True),
        ("trials", 0, "tune it", False),
        ("seed", 1, "with seed one", True),
        ("max_usd", 0.5, "50 cents", True),
        ("max_usd", 2, "$2", True),
        ("model", "openai:gpt-5", "with openai:gpt-5", True),
        ("model", "openai:evil@http://there", "with openai:gpt-5", False),
        ("target", "xla", "on a TPU", True),
        ("skip_literature_review", True, "go", False),
        ("target_column", "mpg", "predict MPG", True),
        ("goal", "anything", "", True),
    ],
)
def test_what_words_bear_out(name: str, value: Any, said: str, borne_out: bool) -> None:
    assert (left_out({name: value}, [said]) == {}) == borne_out


def test_an_answer_whose_figures_stand_in_the_facts_is_given(ask: Any) -> None:
    request = TellRequest(question="how good is run 7?", facts=FACTS)
    answer, server = ask([Say("Run 7 reached 0.975, at 51 KB.")], lambda intake: intake.tell(request))
    assert answer == "Run 7 reached 0.975, at 51 KB."
    assert "97.5 %" in server.requests[0].body["messages"][1]["content"]


def test_an_invented_figure_is_sent_back_and_then_the_facts_are_given(ask: Any) -> None:
    request = TellRequest(question="is it 99 % accurate?", facts=FACTS)
    lines = [Say("Yes, 99 %."), Say("Run 7 reached 97.5 %.")]
    answer, server = ask(lines, lambda intake: intake.tell(request))
    assert answer == "Run 7 reached 97.5 %."
    assert "99 %" in server.requests[1].body["messages"][-1]["content"]
    answer, _ = ask([Say("99 %!")] * 3, lambda intake: intake.tell(request))
    assert answer.startswith(FACTS) and "From the records as they are" in answer


def test_the_facts_are_given_when_the_model_is_down(ask: Any) -> None:
    request = TellRequest(question="how good?", facts=FACTS)
    answer, _ = ask([Fail(500), Fail(500)], lambda intake: intake.tell(request))
    assert answer.startswith(FACTS) and "From the records as they are" in answer


def test_the_rules_step_in_where_the_user_allows_it(ask: Any) -> None:
    request = IntakeRequest(messages=[("human", "train on wine, 5 trials")])
    lines = [Fail(500), Fail(500)]
    answer, _ = ask(lines, lambda intake: intake.understand(request), fallback_to_expert=True)
    assert answer.task is not None and (answer.task.dataset, answer.task.trials) == ("wine", 5)
