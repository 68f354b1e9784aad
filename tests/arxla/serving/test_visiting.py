"""The command line goes on with a run where it was begun: in a server's thread, or in the terminal's chat."""

import asyncio
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from subprocess import PIPE
from typing import Any
from uuid import UUID, uuid4

import pytest

import arxla
from arxla.chatting import open_conversation
from arxla.serving.backend import open_backend
from arxla.serving.journal import Entry, Journal
from arxla.serving.leases import number_of, thread_lease
from arxla.serving.mirror import content_of, row_of, stamp_of
from graph.build import build_graph
from graph.services import Services
from runtime.errors import InputError
from runtime.events import ignore_events
from runtime.outcome import Outcome, StopCause
from runtime.settings import Settings, load_settings
from tools.results.folder import RunFolder

HOLD = """
import fcntl, sys
file = open(sys.argv[1], "r+")
fcntl.lockf(file, fcntl.LOCK_EX, 1, int(sys.argv[2]))
print("held", flush=True)
sys.stdin.read()
"""
"""What a server does that works on a thread."""
WISH = "train on wine on cpu, no tuning, ask me about the dataset"
TASK = {"dataset": "wine", "target": "cpu", "trials": 0, "approve": ["dataset"]}


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.chdir(tmp_path)
    return load_settings(out=tmp_path / "results")


def served(settings: Settings, *given: dict[str, Any]) -> tuple[str, RunFolder]:
    """A thread of a server after these inputs, and the run of the first one."""
    thread = str(uuid4())
    return thread, asyncio.run(_serve(settings, thread, given))


async def _serve(settings: Settings, thread: str, inputs: tuple[dict[str, Any], ...]) -> RunFolder:
    backend, services = open_backend(settings), Services(settings)
    config: Any = {"configurable": {"thread_id": thread}}
    now = datetime.now(UTC)
    row: dict[str, Any] = {"thread_id": UUID(thread), "status": "interrupted", "values": {}, "updated_at": now}
    async with backend.checkpointer() as saver:
        runs = [(await build_graph(services, saver).ainvoke(one, config))["run_id"] for one in inputs]
    journal = Journal(backend)
    journal.setup()
    journal.save([Entry("threads", thread, "server", stamp_of(row), content_of(row))])
    backend.close()
    services.close()
    return services.folder(runs[0])


def row_in_journal(settings: Settings, thread: str) -> dict[str, Any]:
    backend = open_backend(settings)
    entry = Journal(backend).entry("threads", thread)
    backend.close()
    assert entry and entry.content
    return row_of(entry.content)


def test_a_servers_run_is_answered_from_the_command_line(settings: Settings) -> None:
    thread, folder = served(settings, {"task": TASK})
    again = arxla.resume(folder.id)
    assert again.waiting and again.thread_id == thread
    row = row_in_journal(settings, thread)
    assert row["status"] == "interrupted"
    assert [one[0]["value"]["kind"] for one in row["interrupts"].values()] == ["dataset"]
    record = arxla.resume(folder.id, answer="no, too small")
    assert (record.outcome, record.cause) == (Outcome.CANCELLED, StopCause.REFUSED)
    assert [stage.name for stage in record.stages] == ["intake", "approve_dataset"]
    row = row_in_journal(settings, thread)
    assert (row["status"], row["interrupts"], row["values"]["outcome"]) == ("idle", {}, "CANCELLED")
    assert not (folder.path / "checkpoints.sqlite").exists()


def test_a_thread_that_a_server_works_on_is_left_alone(settings: Settings) -> None:
    thread, folder = served(settings, {"task": TASK})
    lock = [str(settings.out / ".server" / "locks"), str(number_of(thread_lease(thread)))]
    with subprocess.Popen([sys.executable, "-c", HOLD, *lock], stdin=PIPE, stdout=PIPE) as server:
        assert server.stdout and server.stdout.readline() == b"held\n"
        with pytest.raises(InputError, match="A server is at work on thread"):
            arxla.resume(folder.id, answer="no")
        server.communicate()
    assert arxla.resume(folder.id, answer="no").outcome is Outcome.CANCELLED


def test_a_thread_that_is_not_there_says_so(settings: Settings) -> None:
    _, folder = served(settings, {"task": TASK})
    (settings.out / ".server" / "checkpoints.sqlite").unlink()
    with pytest.raises(InputError, match="which is not in"):
        arxla.resume(folder.id, answer="no")
    assert folder.load_record().waiting


def test_a_thread_that_went_on_without_its_run_says_so(settings: Settings) -> None:
    _, folder = served(settings, {"task": TASK}, {"task": {**TASK, "dataset": "iris"}})
    with pytest.raises(InputError, match="has gone on without it"):
        arxla.resume(folder.id, answer="no")


def test_a_chats_run_is_answered_from_the_command_line(settings: Settings) -> None:
    async def chat() -> str:
        async with open_conversation(settings, "main") as conversation:
            after = await conversation.turn(WISH, ignore_events, print)
            assert after.question, after
            return after.run_id

    record = arxla.resume(asyncio.run(chat()), answer="no")
    assert (record.outcome, record.cause) == (Outcome.CANCELLED, StopCause.REFUSED)
    assert record.thread_id == "main"
