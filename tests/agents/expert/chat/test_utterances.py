"""What people say, and what the grammar makes of it: a task, a question to the records, or one question back."""

import time
from typing import Any

import pytest

from agents.chat_text import LONGEST_PROSE, split_code
from agents.contracts import IntakeAnswer, IntakeRequest
from agents.expert import ExpertIntake
from agents.expert.chat.lookups import plain_question
from runtime.task import Task

LAST = Task(dataset="digits", trials=3, target="cpu", size_limit_kb=100, goal="train on digits", max_rows=500)
SIZE_KB = 50.7
PROGRAM = "```python\nimport torch\nx = 1\n```"


def understand(*said: str, last: Task | None = None, asked: str = "") -> IntakeAnswer:
    messages = [("human", text) for text in said]
    if asked:
        messages.insert(-1, ("ai", asked))
    return ExpertIntake().understand(
        IntakeRequest(messages=messages, last_task=last, last_run="run-1" if last else "", last_size_kb=SIZE_KB)
    )


def changed(task: Task | None, base: Task) -> dict[str, Any]:
    assert task is not None
    return {name: value for name, value in task.model_dump().items() if value != getattr(base, name) and name != "goal"}


@pytest.mark.parametrize(
    ("said", "fields"),
    [
        ("train on wine, 5 trials, $2", {"dataset": "wine", "trials": 5, "max_usd": 2}),
        ("run 5 trials on digits", {"dataset": "digits", "trials": 5}),
        ("train five trials on digits", {"dataset": "digits", "trials": 5}),
        ("run digits with 7 trials", {"dataset": "digits", "trials": 7}),
        ("digits", {"dataset": "digits"}),
        ("not on digits but on wine", {"dataset": "wine"}),
        ("use wine instead of digits", {"dataset": "wine"}),
        ("train on mnist, not cifar10", {"dataset": "mnist"}),
        ("can you train on digits in at most 2 hours", {"dataset": "digits", "max_minutes": 120}),
        ("digits for 10k rows and 20,000 tokens", {"dataset": "digits", "max_rows": 10_000, "max_tokens": 20_000}),
        ("train on ./beats", {"dataset": "./beats"}),
        ("~/data/beats under 1.5 MB", {"dataset": "~/data/beats", "size_limit_kb": 1536}),
        ("train on /data/x.csv on gpu", {"dataset": "/data/x.csv", "target": "cuda"}),
        ("classify flowers in iris on trainium, 3 trials", {"dataset": "iris", "trials": 3}),
        ("wine with openai:gpt-5", {"dataset": "wine", "model": "openai:gpt-5"}),
        ("wine with openai:q@http://127.0.0.1:1/v1", {"dataset": "wine", "model": "openai:q@http://127.0.0.1:1/v1"}),
        ("wine, optuna, no cache", {"dataset": "wine", "tuner": "optuna", "use_cache": False}),
        ("wine without a literature review", {"dataset": "wine", "skip_literature_review": True}),
        ("wine, ask me before the code runs", {"dataset": "wine", "approve": ["code"]}),
        ("implement index:arxiv-1706.03762 on mnist", {"dataset": "mnist", "paper": "index:arxiv-1706.03762"}),
        ("reproduce paper.pdf on Fashion-MNIST", {"dataset": "fashion_mnist", "paper": "paper.pdf"}),
        ("wine and digits", {"dataset": "wine"}),
        ("digits, five hundred trials, in half an hour", {"dataset": "digits", "trials": 500, "max_minutes": 30}),
        ("digits for twenty-five minutes", {"dataset": "digits", "max_minutes": 25}),
        ("digits, a dozen trials, 90 seconds", {"dataset": "digits", "trials": 12, "max_minutes": 1.5}),
        ("digits under 64,5 KB for 50 cents", {"dataset": "digits", "size_limit_kb": 64.5, "max_usd": 0.5}),
        ("digits under 2048 bytes on my gpu", {"dataset": "digits", "size_limit_kb": 2, "target": "cuda"}),
        ("train on cars.csv with label mpg", {"dataset": "cars.csv", "target_column": "mpg"}),
        ("a.csv, predict the column named churn", {"dataset": "a.csv", "target_column": "churn"}),
        ('predict "house price" from a.csv', {"dataset": "a.csv", "target_column": "house price"}),
        ("predict mpg from cars.csv", {"dataset": "cars.csv", "target_column": "mpg"}),
    ],
)
def test_a_request_is_a_task(said: str, fields: dict[str, Any]) -> None:
    answer = understand(said)
    assert changed(answer.task, Task(dataset="x")) == fields
    assert answer.note == ("I did not understand “digits”." if "and digits" in said else "")


@pytest.mark.parametrize(
    ("said", "fields", "note"),
    [
        ("use a smaller one", {"size_limit_kb": 25, "use_cache": False}, "The last model measured 50.7 KB"),
        ("smaller, under 10 KB", {"size_limit_kb": 10, "use_cache": False}, ""),
        ("a bigger one please", {"size_limit_kb": 200}, "200 KB"),
        ("more trials", {"trials": 8}, "this one gets 8"),
        ("10 more trials", {"trials": 13}, ""),
        ("fewer trials", {"trials": 1}, "this one gets 1"),
        ("try again on xla", {"target": "xla"}, ""),
        ("again", {}, ""),
        ("go on", {}, ""),
        ("with openai:gpt-5", {"model": "openai:gpt-5"}, ""),
        ("without tuning", {"trials": 0}, ""),
        ("another seed", {"seed": 1}, "this one is 1"),
        ("and now on iris", {"dataset": "iris"}, ""),
        ("what about iris?", {"dataset": "iris"}, ""),
        ("the same on wine with 8 trials", {"dataset": "wine", "trials": 8}, ""),
        ("use a smaller one with whipped cream", {"size_limit_kb": 25, "use_cache": False}, "“with whipped cream”"),
    ],
)
def test_a_change_is_of_the_last_task(said: str, fields: dict[str, Any], note: str) -> None:
    answer = understand(said, last=LAST)
    assert changed(answer.task, LAST) == fields
    assert note in answer.note and bool(note) == bool(answer.note)


def test_a_request_of_its_own_has_nothing_of_the_last_one() -> None:
    assert changed(understand("train on iris", last=LAST).task, Task(dataset="x")) == {"dataset": "iris"}


def test_a_smaller_one_without_a_measured_size_halves_the_limit() -> None:
    answer = ExpertIntake().understand(IntakeRequest(messages=[("human", "a smaller one")], last_task=LAST))
    assert answer.task is not None and answer.task.size_limit_kb == 50
    assert "The limit was 100 KB" in answer.note


@pytest.mark.parametrize(
    ("said", "kind", "runs"),
    [
        ("why did run 7 stop?", "why", ["7"]),
        ("why?", "why", []),
        ("what went wrong with wine-20261120T101502-3f9a?", "why", ["wine-20261120T101502-3f9a"]),
        ("why did the last run fail?", "why", ["latest"]),
        ("what happened in run 3", "why", ["3"]),
        ("compare run 3 and 5", "compare", ["3", "5"]),
        ("compare 3 and 5", "compare", ["3", "5"]),
        ("compare runs 3, 5 and 7", "compare", ["3", "5", "7"]),
        ("run 3 vs run 5", "compare", ["3", "5"]),
        ("which is better, run 3 or 5?", "compare", ["3", "5"]),
        ("compare run 3 with the last one", "compare", ["3", "latest"]),
        ("compare the last two runs", "compare", []),
        ("show me its code", "code", []),
        ("show me the code of run 4", "code", ["4"]),
        ("what did it cost?", "cost", []),
        ("how much did run 3 cost", "cost", ["3"]),
        ("how long did it take?", "cost", []),
        ("which datasets are there?", "datasets", []),
        ("what datasets can I use", "datasets", []),
        ("help", "help", []),
        ("?", "help", []),
        ("what can you do?", "help", []),
        ("show run 7", "run", ["7"]),
        ("run 7", "run", ["7"]),
        ("#7", "run", ["7"]),
        ("how did it go?", "run", []),
        ("how accurate is it?", "run", []),
        ("what was the score of run 2?", "run", ["2"]),
        ("status", "run", []),
        ("could you show me run 12", "run", ["12"]),
        ("where is the report?", "run", []),
        ("runs", "runs", []),
        ("list my runs", "runs", []),
        ("how many runs have I?", "runs", []),
        ("show the hyperparameters of run 3", "trials", ["3"]),
        ("which trials were run?", "trials", []),
        ("what did the reviewer find in run 2?", "review", ["2"]),
        ("show my best runs", "best", []),
        ("best", "best", []),
    ],
)
def test_a_question_is_looked_up(said: str, kind: str, runs: list[str]) -> None:
    for last in (None, LAST):
        lookup = understand(said, last=last).lookup
        assert lookup is not None and (lookup.kind, lookup.runs) == (kind, runs)


@pytest.mark.parametrize(
    "said",
    [
        "what is the weather", "what's the weather today?", "why is the sky blue?", "how much does a car cost?",
        "what is the capital of France?", "how is the weather", "how long did the war last?", "what time is it?",
    ],
)  # fmt: skip
def test_what_no_record_knows_is_not_looked_up(said: str) -> None:
    answer = understand(said, last=LAST)
    assert answer.lookup is None and answer.task is None and "I can't tell what you ask" in str(answer.question)
    assert plain_question(said, "") is None


@pytest.mark.parametrize("said", ["why did run 7 stop and use a smaller one", "show my best runs, then train on wine"])
def test_a_wish_beside_a_question_is_not_passed_over(said: str) -> None:
    answer = understand(said, last=LAST)
    assert answer.lookup is not None and "say the other wish" in answer.note


@pytest.mark.parametrize("said", ["faster", "yes", "undo", "twice as big"])
def test_a_change_that_is_not_clear_is_no_new_request(said: str) -> None:
    answer = understand(said, last=LAST)
    assert answer.closes and "I can't tell what should change" in str(answer.question)


@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    "part", ["a", ".", "/", "1", "1,", " ", "\n", "a-", "a.", "`", "show ", "which is ", '"a ', "run 1, "]
)
def test_no_text_takes_long_to_read(part: str) -> None:
    began = time.process_time()
    understand((part * LONGEST_PROSE)[:LONGEST_PROSE])
    split_code(part * (200_000 // len(part)))
    assert time.process_time() - began < 3


@pytest.mark.parametrize(
    ("said", "kind", "dataset"),
    [
        ("show my best runs on digits", "best", "digits"),
        ("what is the best model on wine?", "best", "wine"),
        ("my runs on wine", "runs", "wine"),
        ("what is the accuracy on digits", "best", "digits"),
    ],
)
def test_a_list_may_be_of_one_dataset(said: str, kind: str, dataset: str) -> None:
    lookup = understand(said).lookup
    assert lookup is not None and (lookup.kind, lookup.dataset) == (kind, dataset)


@pytest.mark.parametrize(
    "said",
    [
        f"is this code XLA-clean?\n{PROGRAM}",
        PROGRAM,
        "check this: ```import torch```",
        "is this ok\nimport torch\ndef train_model(X):\n    return 1\n",
        f"please train nothing, review it\n{PROGRAM}",
    ],
)
def test_code_is_reviewed(said: str) -> None:
    lookup = understand(said).lookup
    assert lookup is not None and lookup.kind == "review" and "import torch" in lookup.code


def test_what_stands_in_code_is_no_request() -> None:
    said = "train on wine\n```python\n# train on digits with 5 trials and delete everything\n```"
    answer = understand(said)
    assert changed(answer.task, Task(dataset="x")) == {"dataset": "wine"}
    assert "code in your message was not used" in answer.note


@pytest.mark.parametrize(
    ("said", "question", "note"),
    [
        ("a model for these heartbeats under 64 KB", "the file or folder with the heartbeats", "at most 64 KB"),
        ("reproduce this paper on Fashion-MNIST", "Which paper?", "on fashion_mnist"),
        ("I want to predict house prices", "Which dataset?", ""),
        ("explain quantum gravity", "Which dataset?", "I did not understand “explain quantum gravity”."),
        ("delete run 7", "A chat deletes nothing", ""),
        ("export run 3", "`arxla export RUN FOLDER`", ""),
        ("hello", "Hello. `help` shows", ""),
        ("train on digist", "Did you mean digits?", "“digist”"),
        ("show my worst run", "I can't tell what you ask", "“worst”"),
        ("digits, -5 trials", "What should trials be?", ""),
        ("is digits good?", "Should I train on digits?", ""),
        ("do you have my password?", "I can't tell what you ask", "“password”"),
        ("is this code XLA-clean?", "Which code?", ""),
        ("use a smaller one", "no run in this chat", ""),
        ("digits with 5000 trials", "What should trials be?", ""),
        ("thanks!", "You are welcome", ""),
        ("stop", "Nothing runs", ""),
    ],
)
def test_what_is_missing_is_one_question(said: str, question: str, note: str) -> None:
    answer = understand(said)
    assert answer.task is None and answer.lookup is None
    assert question in str(answer.question) and note in answer.note


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("train on wine with a pinch of salt", "“with a pinch of salt”"),
        ("use a model with 5 layers on digits", "“with 5 layers”"),
        ("digits, 20 epochs", "“20 epochs”"),
        ("wine for €5", "“€5”"),
    ],
)
def test_what_was_not_understood_is_said(said: str, told: str) -> None:
    assert told in understand(said).note


@pytest.mark.parametrize(
    ("before", "asked", "reply", "fields"),
    [
        (
            "a model for these heartbeats under 64 KB",
            "Which dataset?",
            "ecg5000.npz",
            {"dataset": "ecg5000.npz", "size_limit_kb": 64},
        ),
        (
            "reproduce this paper on Fashion-MNIST",
            "Which paper?",
            "papers/a.md",
            {"paper": "papers/a.md", "dataset": "fashion_mnist"},
        ),
        (
            "train on hartbeats.csv",
            "There is no hartbeats.csv; did you mean heartbeats.csv?",
            "yes please",
            {"dataset": "heartbeats.csv"},
        ),
        (
            "train on hartbeats.csv, 3 trials",
            "There is no hartbeats.csv; did you mean a.csv or b.csv?",
            "b.csv",
            {"dataset": "b.csv", "trials": 3},
        ),
        ("is digits good?", "Should I train on digits?", "yes", {"dataset": "digits"}),
        ("reproduce this paper under 9 KB", "Which paper?", "no, train on wine", {"dataset": "wine"}),
    ],
)
def test_an_answer_completes_the_request(before: str, asked: str, reply: str, fields: dict[str, Any]) -> None:
    assert changed(understand(before, reply, asked=asked).task, Task(dataset="x")) == fields
