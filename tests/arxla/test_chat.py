"""`arxla chat`: one message, piped lines, a terminal, Ctrl-C and kill -9."""

import asyncio
import fcntl
import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
import time
from io import StringIO
from pathlib import Path
from typing import Any, cast

import pytest
from rich.console import Console
from typer.testing import CliRunner

from arxla.chat_terminal import Terminal as ChatTerminal
from arxla.chat_terminal import messages_in, read_message
from arxla.chat_view import ChatView
from arxla.chatting import Conversation, Pending
from arxla.cli import app
from runtime.approval import Question
from runtime.settings import load_settings
from runtime.task import Task
from tools.results.folder import RunFolder
from tools.results.lease import hold_lease
from tools.results.listing import list_runs
from tools.results.record import RunRecord

RUNNER = CliRunner()
WINE = "train on wine, no tuning, no literature, on cpu"
PATIENCE_S = 120.0


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ARXLA_OFFLINE", "true")
    monkeypatch.delenv("ARXLA_MODEL", raising=False)


@pytest.mark.parametrize(
    ("message", "code", "told"),
    [
        ("which datasets are there?", 0, "- digits: 1,797"),
        ("a model for these heartbeats under 64 KB", 2, "Which dataset?"),
        ("train on nothing-here.csv", 2, "There is no file or folder nothing-here.csv"),
        ("train on wine with openai:gpt-5", 2, "OPENAI_API_KEY"),
    ],
)
def test_one_message_is_answered(message: str, code: int, told: str) -> None:
    result = RUNNER.invoke(app, ["chat", message])
    assert told in result.output
    assert result.exit_code == (1 if "openai" in message else code), result.output


def test_piped_lines_are_messages_of_one_kept_chat(tmp_path: Path) -> None:
    lines = "why?\n\nis this clean?\n```python\nimport torch\ntorch.zeros(1).cuda()\n```\ntrain on miine.csv\n"
    (tmp_path / "mine.csv").write_text("a,b\n1,2\n")
    first = RUNNER.invoke(app, ["chat"], input=lines)
    for told in ("There are no runs in", "CUD001", "did you mean mine.csv?"):
        assert told in first.output, first.output
    assert first.exit_code == 2
    (tmp_path / "mine.csv").unlink()
    second = RUNNER.invoke(app, ["chat", "yes"])
    assert "mine.csv" in second.output, "what was asked before is remembered"
    other = RUNNER.invoke(app, ["chat", "yes", "--thread", "other"])
    assert "Which dataset?" in other.output


def test_a_model_that_is_down_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"ATTEMPTS": "1", "WAIT_S": "0.01", "TIMEOUT_S": "2"}.items():
        monkeypatch.setenv(f"ARXLA_MODEL_{name}", value)
    lines = "train on wine\nhelp\n"
    result = RUNNER.invoke(app, ["chat", "--model", "openai:m@http://127.0.0.1:9/v1"], input=lines)
    assert result.exit_code == 1 and result.output.count("Nothing was started.") == 2, result.output


@pytest.mark.parametrize("thread", ["", "../x", "a b", "x" * 65])
def test_a_thread_has_a_plain_name(thread: str) -> None:
    result = RUNNER.invoke(app, ["chat", "help", "--thread", thread])
    assert "--thread" in str(result.exception) and not Path("results").exists()


def test_a_chat_is_open_once(tmp_path: Path) -> None:
    place = tmp_path / "results" / ".chat"
    place.mkdir(parents=True)
    with hold_lease(place / "main.lease", "main"):
        result = RUNNER.invoke(app, ["chat", "help"])
    assert f"open in process {os.getpid()}" in str(result.exception)


def test_a_results_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "name another --out" in str(RUNNER.invoke(app, ["chat", "help", "--out", "file"]).exception)


@pytest.mark.parametrize(
    ("lines", "messages"),
    [
        (["a", "", "b"], ["a", "b"]),
        (["look", "```python", "x", "", "y", "```", "b"], ["look", "```python\nx\n\ny\n```", "b"]),
        (["is this ok? ```", "x", "```"], ["is this ok? ```\nx\n```"]),
        (["```x = 1``` ok?", "b"], ["```x = 1``` ok?", "b"]),
        (["```", "never closed"], ["```\nnever closed"]),
    ],
)
def test_a_program_is_one_message(lines: list[str], messages: list[str]) -> None:
    assert list(messages_in(line + "\n" for line in lines)) == messages


def test_the_end_of_input_ends_the_reading() -> None:
    def nothing() -> str:
        raise EOFError

    with pytest.raises(EOFError):
        read_message(nothing)


@pytest.mark.parametrize("terminal", [True, False])
def test_nothing_that_is_said_steers_the_terminal(terminal: bool) -> None:
    console = Console(file=StringIO(), force_terminal=terminal, color_system=None, width=80)
    view = ChatView(console=console)
    view.hear("red \x1b[31mtext\x07 [bold]x[/bold]\n    kept\u202e")
    view.show({"kind": "warning", "text": "\x1b]0;title\x07careful"})
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert "\x1b[31m" not in shown and "\x07" not in shown and "\u202e" not in shown and "\x1b]0" not in shown
    assert "[bold]x[/bold]" in shown and "careful" in shown


def test_a_program_is_shown_before_it_is_allowed() -> None:
    console = Console(file=StringIO())
    code = "\n".join(f"line_{number} = 1" for number in range(100))
    question = Question(kind="code", text="May it run?", details={"training_code": code, "findings": ["warning X"]})
    ChatView(console=console).ask(question)
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert "line_59" in shown and "line_60" not in shown and "60 of 100 lines" in shown
    assert "- warning X" in shown and "Say yes, no, or what to change." in shown


@pytest.mark.parametrize(
    ("said", "told", "given"),
    [
        ("why did run 1 stop?", "it waits for an answer", False),
        ("show my runs", "1 run, newest first", False),
        ("why did run 9 stop?", "There is no run '9'", False),
        ("help", "You can say", False),
        ("show the code", "x = 1", False),
        ("use a smaller learning rate", "", True),
        ("yes", "", True),
        ("why not try a wider net", "", True),
    ],
)
def test_a_question_beside_a_waiting_run_is_no_answer_to_it(tmp_path: Path, said: str, told: str, given: bool) -> None:
    folder = RunFolder.create(tmp_path, "wine-20261120T111502-bbbb")
    question = Question(kind="code", text="May it run?", details={"training_code": "x = 1"})
    folder.save_record(RunRecord(id=folder.id, task=Task(dataset="wine"), started="", waiting=question))
    turns: list[str] = []

    class Waiting:
        code = 2

        async def pending(self) -> Pending:
            return Pending("question", folder.id, question)

        async def turn(self, text: str, *_: Any) -> Pending:
            turns.append(text)
            return Pending()

    console = Console(file=StringIO(), width=200)
    terminal = ChatTerminal(load_settings({"out": tmp_path}, env_file=None), ChatView(console=console))
    with asyncio.Runner() as runner:
        terminal.turn(runner, cast("Conversation", Waiting()), said)
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert (turns == [said]) == given and told in shown
    assert given or "May it run?" in shown


class Terminal:
    """`arxla chat` behind a pseudo-terminal."""

    def __init__(self, *arguments: str) -> None:
        self.master, slave = pty.openpty()
        command = [sys.executable, "-m", "arxla", "chat", *arguments]
        environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100", "OMP_NUM_THREADS": "1"}
        self.process = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, start_new_session=True, env=environment,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # so that Ctrl-C becomes a signal
        )  # fmt: skip
        os.close(slave)
        self.seen = self.transcript = ""

    def type(self, text: str) -> None:
        os.write(self.master, text.encode())

    def wait_for(self, pattern: str) -> None:
        """Read until the pattern has been shown since it was last waited for."""
        deadline = time.monotonic() + PATIENCE_S
        while not (match := re.search(pattern, self.seen)):
            assert time.monotonic() < deadline, f"{pattern!r} never came: {self.seen[-2000:]}"
            if select.select([self.master], [], [], 0.2)[0]:
                try:
                    new = os.read(self.master, 65_536).decode(errors="replace")
                    self.seen, self.transcript = self.seen + new, self.transcript + new
                except OSError:  # the other end is closed
                    time.sleep(0.05)
                    assert self.process.poll() is None or re.search(pattern, self.seen), self.seen[-2000:]
        self.seen = self.seen[match.end() :]

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(30)
        os.close(self.master)


@pytest.mark.box
@pytest.mark.timeout(480)
def test_ctrl_c_stops_a_run_and_comes_back_and_a_kill_loses_nothing(tmp_path: Path) -> None:
    terminal = Terminal()
    try:
        terminal.wait_for("Ctrl-D leaves")
        terminal.type(f"{WINE}\n")
        terminal.wait_for("The data is ready")
        terminal.type("\x03")
        terminal.wait_for("Run wine-.* stopped at")
        (run,) = list_runs(tmp_path / "results")
        assert run.outcome == "CANCELLED" and "go on" in run.message
        terminal.type("status\n")
        terminal.wait_for("CANCELLED")
        terminal.wait_for("> $")
        terminal.type("\x03")
        terminal.wait_for("Ctrl-C again")
        terminal.type("go on\n")
        terminal.wait_for("The first run reached")
        assert terminal.transcript.count("I train a model") == 1, "it went on, and did not begin again"
        terminal.process.send_signal(signal.SIGKILL)
        terminal.process.wait(30)
    finally:
        terminal.close()
    offered = RUNNER.invoke(app, ["chat"], input="go on\nwhat did it reach?\n")
    assert offered.exit_code == 0, offered.output
    assert "SUCCESS: " in offered.output and "- measured: accuracy" in offered.output
    record: Any = RunFolder(tmp_path / "results" / run.id).load_record()
    assert len(list_runs(tmp_path / "results")) == 1, "it was the same run that went on"
    assert record.evidence is not None and record.outcome == "SUCCESS"
