"""A page on runs that were made up, with a server behind it that plays a run and a chat."""

import asyncio
import contextlib
import json
import socket
import threading
import time
from pathlib import Path

import pytest
import uvicorn
from starlette.testclient import TestClient

from arxla.web.app import create_app
from arxla.web.backend import Chat, Conversation, Message, News, NotThere, ServerMissing
from evals.benchmarks.many_runs import make_runs
from runtime.approval import Question
from runtime.outcome import Outcome
from runtime.settings import load_settings
from runtime.task import Task
from tools.results.folder import RunFolder
from tools.results.record import RunRecord, StageRecord
from tools.review.finding import Finding, Severity

CHROMIUM = Path("/usr/bin/chromium")
EVIL = "</title></textarea><script>window.pwned=1</script><img src=x onerror=window.pwned=1>\"'><svg onload=pwned=1>"


class Scripted:
    """A `Backend` whose runs are played by a thread at the test's pace, and whose chats are lists."""

    def __init__(self, results):
        self.results = results
        self.calls = []
        self.said = {}
        self.turns = {}
        self.threads = {}
        self.question = None
        self.play = None
        self.missing = False

    def _check(self):
        if self.missing:
            raise ServerMissing("No server runs behind this page.")

    async def open_thread(self, run_id):
        self._check()
        self.calls.append(("open_thread", run_id))
        return "thread-1"

    async def start(self, thread_id, task, run_id):
        self.calls.append(("start", thread_id, task["dataset"], run_id))
        if self.play:
            threading.Thread(target=self.play, args=(RunFolder(self.results / run_id),), daemon=True).start()

    async def cancel(self, thread_id):
        self.calls.append(("cancel", thread_id))

    async def resume(self, thread_id):
        self._check()
        self.calls.append(("resume", thread_id))

    async def answer(self, thread_id, answer):
        self.calls.append(("answer", thread_id, answer))
        self.question = None

    async def chats(self, limit):
        self._check()
        return [Chat(thread, messages[0].text[:80]) for thread, messages in self.said.items()][:limit]

    async def open_chat(self, title):  # noqa: ARG002
        thread = f"chat-{len(self.said) + 1}"
        self.said[thread] = []
        return thread

    async def conversation(self, thread_id):
        self._check()
        if thread_id in self.threads:
            return self.threads[thread_id]
        if thread_id not in self.said:
            raise NotThere("There is no such chat or run on this server.")
        return Conversation(thread_id, list(self.said[thread_id]), self.question, self.turns.get(thread_id, ""))

    async def say(self, thread_id, text):
        self._check()
        self.said[thread_id].append(Message("human", text))
        self.turns[thread_id] = f"turn-{len(self.said[thread_id])}"
        return self.turns[thread_id]

    async def news(self, thread_id, turn, after):  # noqa: ARG002
        text = self.said[thread_id][-1].text
        yield News("event", {"kind": "stage", "name": "dataset", "state": "start", "note": ""}, "1")
        await asyncio.sleep(0.05)
        yield News("event", {"kind": "warning", "text": f"about {text}"}, "2")
        answer = Message("ai", f"You said **{text}**:\n\n- one\n- `two`\n\n```python\nprint({text!r})\n```")
        self.said[thread_id].append(answer)
        self.turns.pop(thread_id, None)
        yield News("message", answer, "3")


def play_a_run(folder, gates, epochs=12):
    """Write what a real run writes; it waits at each of three gates, and ends with SUCCESS."""
    record = folder.load_record()

    def train(start, stop):
        for epoch in range(start, stop):
            loss = {"train_loss": 1 / epoch, "val_loss": 1.2 / epoch}
            folder.append_event({"kind": "epoch", "epoch": epoch, "epochs": epochs, "val_acc": 0.9, **loss})

    with folder.lease():
        gates[0].wait(20)
        folder.append_event({"kind": "stage", "name": "execute", "state": "start", "note": ""})
        train(1, 5)
        gates[1].wait(20)
        train(5, epochs + 1)
        folder.append_event({"kind": "stage", "name": "execute", "state": "end", "note": "done", "seconds": 1.0})
        folder.append_event({"kind": "stage", "name": "tune", "state": "start", "note": ""})
        for index in range(1, 5):
            trial = {"index": index, "of": 4, "state": "completed", "objective": 0.8 + index / 50, "score": 0.9}
            folder.append_event({"kind": "trial", "best": 0.8 + index / 50, **trial})
        folder.append_event({"kind": "cost", "calls": 3, "tokens": 1234, "usd": 0.0123, "model_seconds": 1.0})
        gates[2].wait(20)
        done = {"outcome": Outcome.SUCCESS, "message": "It was played to its end.", "seconds": 2.0}
        done["stages"] = [StageRecord(name="execute", started=0, seconds=1, note="done")]
        folder.save_record(record.model_copy(update=done))


def hostile_run(results):
    """A run whose every text tries to be markup."""
    folder = make_runs(results, 1, seed=7)[0]
    hostile = RunFolder.create(results, "hostile-20260301T000000-dead")
    record = folder.load_record()
    data = json.loads(record.model_dump_json())
    trials = data["tuning"]["trials"]
    for at, trial in enumerate(trials):
        trial["hyperparameters"] = {EVIL: f"{EVIL}{at}", "lr": 0.1 * (at + 1)}
        trial["reason"] = EVIL
    data |= {
        "id": hostile.id,
        "started": "2026-03-01T00:00:00+00:00",
        "message": EVIL,
        "model_name": EVIL,
        "generated_by": EVIL,
        "reasons": [EVIL],
        "warnings": [EVIL],
        "skipped": [EVIL],
        "dataset": EVIL,
        "device": EVIL,
        "paper": {"title": EVIL, "authors": [EVIL], "url": "javascript:window.pwned=1"},
        "literature": {"review_text": EVIL, "key_findings": [EVIL], "recent_papers": [{"title": EVIL}]},
        "debugging": [{"stage": EVIL, "failure": EVIL, "correction": EVIL, "kind": EVIL}],
        "files": {"run.json": EVIL},
        "hyperparameters": {EVIL: EVIL},
        "candidates": [{"model": EVIL, "reason": EVIL, "outcome": EVIL}],
    }
    data["reviews"][0]["findings"] = [
        Finding(rule=EVIL, severity=Severity.ERROR, message=EVIL, line=1, column=1).model_dump(mode="json")
    ]
    data["reviews"][0]["model_issues"] = [EVIL]
    data["stages"][0]["note"] = EVIL
    data["usage"][0]["model"] = EVIL
    hostile.save_record(RunRecord.model_validate(data))
    hostile.save_code("code-generation", f"x = '''{EVIL}'''\n")
    for kind in ("stage", "warning", "note", "finding", "trial", EVIL):
        hostile.append_event(
            {"kind": kind, "name": EVIL, "text": EVIL, "note": EVIL, "message": EVIL, "rule": EVIL, "state": EVIL}
        )
    hostile.report.write_text(f"<p>{EVIL}<script>window.pwned=1</script>")
    return hostile


def waiting_run(results, text="May this run train on wine?", **details):
    """A run of the server that waits for an answer."""
    folder = RunFolder.create(results, "wine-20260302T000000-0a0a")
    question = Question(kind="dataset", text=text, details={"name": "wine", **details}, choices=["yes", "no", "iris"])
    folder.save_record(
        RunRecord(
            id=folder.id, task=Task(dataset="wine"), started="2026-03-02T00:00:00+00:00", waiting=question,
            thread_id="thread-9", stages=[StageRecord(name="intake", started=0, seconds=0.1)],
        )
    )  # fmt: skip
    return folder


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return load_settings({"out": tmp_path / "results", "arxla_upload_max_mb": 1})


@pytest.fixture
def waiting(settings, backend):
    folder = waiting_run(settings.out)
    backend.threads["thread-9"] = Conversation("thread-9", run_id=folder.id, unfinished=True)
    return folder


@pytest.fixture
def backend(settings):
    return Scripted(settings.out)


@pytest.fixture
def client(settings, backend):
    with TestClient(create_app(settings, backend), follow_redirects=False) as client:
        yield client


@contextlib.contextmanager
def serving(settings, backend):
    """The page on a free port of this machine, in a thread."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(create_app(settings, backend), log_level="error", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/ui"
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()


@pytest.fixture(scope="module")
def browser():
    """One headless Chromium a module: Playwright keeps an event loop running, in which nobody else's can start."""
    playwright_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright_api.sync_playwright() as playwright:
        path = str(CHROMIUM) if CHROMIUM.exists() else None
        if path is None and not Path(playwright.chromium.executable_path).exists():
            pytest.skip("Chromium is not installed: apt-get install chromium, or playwright install chromium")
        arguments = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()
