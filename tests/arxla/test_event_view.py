"""What a run's events look like, and how long they are followed."""

import threading
import time
from pathlib import Path

import pytest

from arxla import event_view
from arxla.event_view import event_line, following
from runtime.approval import Question
from runtime.events import Event
from runtime.outcome import Outcome
from runtime.task import Task
from tools.results.folder import RunFolder
from tools.results.record import RunRecord


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    monkeypatch.setattr(event_view, "POLL_S", 0.01)
    monkeypatch.setattr(event_view, "QUIET_S", 0.05)
    made = RunFolder.create(tmp_path, "wine-1")
    made.save_record(_record())
    return made


def _record(**facts: object) -> RunRecord:
    return RunRecord(id="wine-1", task=Task(dataset="wine"), started="2026-11-20T10:15:02+00:00", **facts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ({"kind": "stage", "name": "code", "state": "end", "note": "mlp", "seconds": 2.5}, "code state=end note=mlp"),
        ({"kind": "epoch", "epoch": 1, "epochs": 4, "val_loss": 0.123456}, "epoch=1 epochs=4 val_loss=0.1235"),
        ({"kind": "warning", "text": "mind\x1b[31m\nthe gap"}, "mind[31m the gap"),
        ({"kind": "trial", "index": 1, "hyperparameters": {"lr": 1}, "score": None}, "index=1"),
    ],
)
def test_an_event_is_one_line(event: Event, words: str) -> None:
    line = event_line({**event, "time": "2026-11-20T10:15:02.250+00:00"})
    assert " ".join(line.split()[2:]).startswith(words) and line.split()[1] == event["kind"]
    assert "\n" not in line and "\x1b" not in line and line.split()[0].endswith(":15:02")


def test_a_run_is_followed_to_its_end(folder: RunFolder, capsys: pytest.CaptureFixture[str]) -> None:
    working = threading.Event()

    def work() -> None:
        with folder.lease():
            working.set()
            for number in range(3):
                folder.append_event({"kind": "note", "text": str(number)})
                time.sleep(0.1)  # longer than the silence after which it is asked whether anybody works
            folder.save_record(_record(outcome=Outcome.SUCCESS))

    worker = threading.Thread(target=work)
    worker.start()
    assert working.wait(5)
    assert [event["text"] for event in following(folder)] == ["0", "1", "2"]
    assert "run wine-1 has ended: SUCCESS." in capsys.readouterr().err
    worker.join()


def test_half_a_line_is_waited_for(folder: RunFolder) -> None:
    folder.append_event({"kind": "note", "text": "whole"})
    with folder.events.open("ab") as stream:
        stream.write(b'{"kind": "note", "te')
    assert [event["text"] for event in following(folder)] == ["whole"]


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (_record(), "nobody works on run wine-1; `arxla resume wine-1` goes on with it."),
        (_record(waiting=Question(kind="code", text="run it?")), "run wine-1 waits for an answer"),
    ],
)
def test_what_nobody_works_on_is_not_followed(
    folder: RunFolder, record: RunRecord, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder.save_record(record)
    assert list(following(folder)) == []
    assert said in capsys.readouterr().err
