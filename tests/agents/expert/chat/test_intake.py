"""Requests in words become tasks, or one question."""

import pytest

from agents.contracts import IntakeRequest
from agents.expert import ExpertIntake


def understand(*texts, role="user"):
    return ExpertIntake().understand(IntakeRequest(messages=[(role, text) for text in texts]))


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("train a tiny model on digits", {"dataset": "digits"}),
        (
            "a model for heartbeats.csv under 64 KB, target column label, 20 trials, on cpu",
            {"dataset": "heartbeats.csv", "size_limit_kb": 64, "target_column": "label", "trials": 20, "target": "cpu"},
        ),
        ("Fashion MNIST with 10,000 rows, no tuning", {"dataset": "fashion_mnist", "max_rows": 10000, "trials": 0}),
        ("mnist please", {"dataset": "mnist"}),
        (
            "predict mpg from '/data/my cars.parquet' in 5 minutes",
            {"dataset": "/data/my cars.parquet", "target_column": "mpg", "max_minutes": 5},
        ),
        ("breast-cancer on gpu with seed 7", {"dataset": "breast_cancer", "target": "cuda", "seed": 7}),
        ("images in ./photos under 1 MB", {"dataset": "./photos", "size_limit_kb": 1024}),
        ("wine for at most $2.50", {"dataset": "wine", "max_usd": 2.5}),
    ],
)  # fmt: skip
def test_a_request_is_read(text, fields):
    task = understand(text).task
    assert {name: getattr(task, name) for name in fields} == fields
    assert task.goal == text


def test_nothing_that_was_not_said_is_set():
    task = understand("train a model on digits").task
    assert task.model_dump(exclude={"dataset", "goal"}) == type(task)(dataset="x").model_dump(
        exclude={"dataset", "goal"}
    )


@pytest.mark.parametrize("text", ["train a model", "my heartbeat recordings"])
def test_without_a_dataset_there_is_one_question(text):
    answer = understand(text)
    assert answer.task is None
    assert answer.question.startswith("Which dataset?")


def test_later_words_win_and_earlier_ones_stay():
    task = understand("a model on digits with 5 trials", "make it 8 trials, on cpu").task
    assert (task.dataset, task.trials, task.target) == ("digits", 8, "cpu")


def test_what_the_assistant_said_is_not_the_users_wish():
    request = IntakeRequest(messages=[("user", "hello"), ("assistant", "Do you mean digits?")])
    assert ExpertIntake().understand(request).task is None


def test_an_impossible_value_is_asked_for_again():
    answer = understand("digits with 5000 trials")
    assert answer.task is None
    assert "trials" in answer.question


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("reproduce paper.pdf on fashion_mnist", {"paper": "paper.pdf", "dataset": "fashion_mnist"}),
        ("implement the paper attention.pdf", {"paper": "attention.pdf", "dataset": None}),
        ("'my papers/vit paper.tex' with 5 trials on cpu", {"paper": "my papers/vit paper.tex", "trials": 5}),
        ("papers/omni.md on ecg5000.npz under 64 KB", {"paper": "papers/omni.md", "dataset": "ecg5000.npz"}),
        ("the method of index:arxiv-1706.03762.", {"paper": "index:arxiv-1706.03762"}),
        ("opensearch:abc_1 please", {"paper": "opensearch:abc_1"}),
        ("implement the LaTeX folder ./source on mnist", {"paper": "./source", "dataset": "mnist"}),
        ("reproduce (notes.txt).", {"paper": "notes.txt"}),
        ("page.html, 3 trials", {"paper": "page.html", "trials": 3}),
    ],
)
def test_a_paper_is_read(text, fields):
    task = understand(text).task
    assert {name: getattr(task, name) for name in fields} == fields


def test_a_text_file_alone_is_no_paper_and_a_paper_without_a_path_is_asked_for():
    assert understand("train on signals.txt").task is None
    assert "Which paper?" in understand("implement this paper").question
