"""A run that asks a person, from Python and from a terminal."""

import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

import arxla
from arxla.asking import ask_person, show_question
from runtime.approval import Question
from runtime.errors import InputError
from runtime.outcome import Outcome, StopCause
from tools.results.folder import RunFolder

OPTIONS: dict[str, Any] = {"target": "cpu", "trials": 0, "use_cache": False, "skip_literature_review": True}
CODE = Question(
    kind="code", text="May mlp run?", details={"model_name": "mlp", "author": "expert", "training_code": "a = 1\n" * 90}
)


@pytest.fixture
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    yield


@pytest.mark.box
@pytest.mark.usefixtures("_here")
def test_a_callable_answers_what_a_run_asks() -> None:
    asked: list[Question] = []

    def ask(question: Question) -> Any:
        asked.append(question)
        return {"dataset": "iris"} if question.kind == "dataset" else True

    record = arxla.run("wine", approve=["dataset", "code"], ask=ask, **OPTIONS)
    assert record.outcome is Outcome.SUCCESS, record.message
    assert [question.kind for question in asked] == ["dataset", "code"]
    assert record.dataset == "iris"
    assert [one.question.kind for one in record.decisions] == ["dataset", "code"]


@pytest.mark.box
@pytest.mark.usefixtures("_here")
def test_a_run_waits_where_nobody_is_there_and_is_answered_later() -> None:
    record = arxla.run("wine", approve=["dataset"], **OPTIONS)
    assert record.waiting and record.outcome is None
    assert arxla.resume("latest").waiting == record.waiting
    with pytest.raises(InputError, match="is no answer"):
        arxla.resume("latest", answer="what is that?")
    refused = arxla.resume("latest", answer="no, too small")
    assert (refused.outcome, refused.cause) == (Outcome.CANCELLED, StopCause.REFUSED)
    assert "too small" in refused.message
    assert arxla.resume("latest", answer="yes") == refused


@pytest.mark.usefixtures("_here")
def test_an_answer_that_nothing_waits_for_is_refused() -> None:
    with pytest.raises(InputError, match="ask for one"):
        arxla.run("wine", approve=["code"], candidates=2, **OPTIONS)
    with pytest.raises(InputError, match="approve"):
        arxla.run("wine", approve=["everything"], **OPTIONS)


@pytest.mark.box
def test_a_terminal_that_dies_while_a_run_waits_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal, inside = pty.openpty()
    command = ["run", "--dataset", "wine", "--target", "cpu", "--trials", "0", "--no-cache", "--approve", "code"]
    process = subprocess.Popen(
        [sys.executable, "-m", "arxla", *command],
        cwd=tmp_path, stdin=inside, stdout=inside, stderr=inside, start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "OMP_NUM_THREADS": "1", "TERM": "xterm"},
    )  # fmt: skip
    os.close(inside)
    seen, end = b"", time.monotonic() + 120
    while b"what to change" not in seen:
        assert time.monotonic() < end, seen
        seen += os.read(terminal, 65536)
    process.send_signal(signal.SIGKILL)
    process.wait()
    os.close(terminal)
    folder = RunFolder(next((tmp_path / "results").glob("wine-*")))
    assert b"train_model" in seen
    assert folder.load_record().waiting
    monkeypatch.chdir(tmp_path)
    record = arxla.resume("latest", answer="yes")
    assert record.outcome is Outcome.SUCCESS, record.message
    assert [visit.name for visit in record.stages].count("code") == 1


def test_a_question_is_shown_short_and_plain(tmp_path: Path) -> None:
    hostile = CODE.model_copy(update={"details": {**CODE.details, "findings": ["warning \x1b[31mred\x07 [bold]"]}})
    shown = Console(file=StringIO(), width=100, force_terminal=False)
    show_question(hostile, RunFolder(tmp_path / "run-1"), shown)
    text = shown.file.getvalue()  # type: ignore[attr-defined]
    assert "10 more lines in" in text and "mlp by expert" in text
    assert "\x1b" not in text and "[bold]" in text


def test_a_nonsense_answer_is_asked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter(["banana", "yes"])
    console = Console(file=StringIO(), width=100)
    monkeypatch.setattr(console, "input", lambda _prompt: next(answers))
    assert ask_person(CODE, RunFolder(tmp_path / "run-1"), console) == "yes"
    assert "is no answer" in console.file.getvalue()  # type: ignore[attr-defined]
    monkeypatch.setattr(console, "input", lambda _prompt: (_ for _ in ()).throw(EOFError))
    assert ask_person(CODE, RunFolder(tmp_path / "run-1"), console) is None
