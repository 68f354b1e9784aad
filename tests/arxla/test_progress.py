import io
import math
import threading

import pytest
from rich.console import Console

from arxla.progress import Progress
from arxla.run_status import RunStatus, clean, count, number
from runtime.outcome import Outcome
from runtime.task import Task
from tools.results.folder import RunFolder
from tools.results.record import Evidence, Measurement, ModelSize, RunRecord

EVENTS = [
    {"kind": "stage", "name": "execute", "state": "start"},
    *({"kind": "epoch", "epoch": e, "epochs": 20, "val_loss": 1 / e, "val_acc": 0.5} for e in range(1, 21)),
    {"kind": "stage", "name": "execute", "state": "end", "note": "fine"},
    {
        "kind": "model_call",
        "agent": "coder",
        "model": "m",
        "seconds": 2,
        "input_tokens": 10,
        "output_tokens": 5,
        "usd": 0.01,
    },
    {"kind": "stage", "name": "tune", "state": "start"},
    {"kind": "trial", "index": 1, "of": 2, "state": "start"},
    {"kind": "epoch", "epoch": 1, "epochs": 3, "val_loss": 1.0},
    {"kind": "trial", "index": 1, "of": 2, "state": "completed", "score": 0.9, "best": 0.9, "model_kb": 41.25},
    {"kind": "trial", "index": 2, "of": 2, "state": "stopped_early", "score": 0.8, "best": 0.9},
    {"kind": "warning", "text": "7 duplicated rows"},
]
HOSTILE = [
    {"kind": "note", "text": "\x1b[2J\x1b]0;owned\x07 hello\rworld\u202e [bold red]"},
    {"kind": "stage", "name": ["x"], "state": None},
    {"kind": "epoch", "epoch": "nine", "epochs": -3, "val_loss": "x", "val_acc": math.nan},
    {"kind": "epoch", "epoch": 10**400, "epochs": math.inf},
    {"kind": "trial", "index": None, "of": {}, "score": "best", "best": True},
    {"kind": "model_call", "usd": "free", "input_tokens": [], "seconds": -math.inf},
    {"kind": "finding", "rule": "X" * 10_000, "line": "3", "message": None, "fixed": "yes"},
    {"kind": "warning"},
    {"kind": 7},
    {},
]


def plain(events, quiet=False):
    file = io.StringIO()
    with Progress(quiet=quiet, file=file) as progress:
        for event in events:
            progress.show(event)
    return file.getvalue()


def live(events, **environment):
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, width=100, _environ={"TERM": "xterm-256color", **environment})
    with Progress(console=console) as progress:
        for event in events:
            progress.show(event)
    return file.getvalue()


CHUNKS = [
    {"kind": "stage", "name": "summarize", "state": "start"},
    *(
        {"kind": "chunk", "of": 100, "done": n, "chunk_number": n, "success": n != 42, "cached": n == 100,
         "seconds": 2.0, "section": "Method", "error": "prose\x1b[2J" if n == 42 else ""}
        for n in range(1, 101)
    ),
    {"kind": "model_call", "agent": "chunk", "model": "m", "seconds": 2, "input_tokens": 1, "output_tokens": 1},
    {"kind": "stage", "name": "summarize", "state": "end", "note": "99 of 100"},
]  # fmt: skip


def test_a_long_map_is_some_lines_and_every_failure():
    lines = [line.split("] ", 1)[1] for line in plain(CHUNKS).splitlines()]
    assert len(lines) == 23 and "\x1b" not in "".join(lines)
    assert "chunk 5/100: 2.0 s (Method)" in lines and "chunk 100/100: from the cache (Method)" in lines
    assert "chunk 42/100: number 42 failed: prose[2J" in lines
    assert "number 42 failed" in live(CHUNKS)


def test_a_map_that_goes_on_is_guessed_by_what_was_done_since():
    status = RunStatus(begun=0.0)
    status.apply({"kind": "stage", "name": "summarize", "state": "start"}, 100.0)
    assert status.seconds_left(100.0) is None
    for done in (51, 52):
        status.apply({"kind": "chunk", "of": 60, "done": done, "success": True}, 110.0)
    assert status.seconds_left(110.0) == pytest.approx(8 * 5.0)


def test_plain_lines_say_each_stage_trial_and_some_epochs():
    lines = [line.split("] ", 1)[1] for line in plain(EVENTS).splitlines()]
    assert [line.split(",")[0] for line in lines if line.startswith("epoch")] == [
        "epoch 4/20",
        "epoch 8/20",
        "epoch 12/20",
        "epoch 16/20",
        "epoch 20/20",
    ]
    assert "trial 1/2: completed, score 0.9000, 41.2 KB, best so far 0.9000" in lines
    assert "trial 2/2: stopped early, score 0.8000, best so far 0.9000" in lines
    assert "coder asked m: 2.0 s, 15 tokens, $0.0100" in lines
    assert lines[-1] == "warning: 7 duplicated rows"


def test_quiet_shows_warnings_only():
    assert plain(EVENTS, quiet=True).splitlines() == ["[00:00] warning: 7 duplicated rows"]


def test_plain_output_holds_no_control_codes():
    shown = plain(EVENTS + HOSTILE)
    assert "\x1b" not in shown and "\r" not in shown and "\u202e" not in shown and "\x07" not in shown
    assert max(map(len, shown.splitlines())) < 500


def test_an_ascii_stream_is_no_reason_to_crash():
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding="ascii", errors="strict")
    progress = Progress(file=file)
    progress.show({"kind": "note", "text": "größer → besser"})
    assert b"gr??er ? besser" in raw.getvalue()


def test_the_live_display_keeps_finished_stages_and_takes_hostile_events():
    shown = live(EVENTS + HOSTILE)
    assert "execute" in shown and "7 duplicated rows" in shown
    assert "[bold red]" in shown, "markup in an event is text"
    assert "\x1b[2J" not in shown and "\x1b]0" not in shown and "\x07" not in shown


def test_no_color_is_respected():
    colored, bare = live(EVENTS), live(EVENTS, NO_COLOR="1")
    assert "\x1b[33m" in colored
    assert "\x1b[33m" not in bare and "\x1b[32m" not in bare


def test_a_dumb_terminal_gets_plain_lines():
    assert "\x1b" not in live(EVENTS, TERM="dumb")


def test_events_from_many_threads():
    file = io.StringIO()
    progress = Progress(file=file)
    workers = [
        threading.Thread(target=lambda: [progress.show({"kind": "note", "text": "x" * 50}) for _ in range(100)])
        for _ in range(4)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    lines = file.getvalue().splitlines()
    assert len(lines) == 400
    assert {line.split("] ", 1)[1] for line in lines} == {"x" * 50}


def test_time_left_follows_the_pace_of_the_trials():
    status = RunStatus(begun=0.0)
    status.apply({"kind": "stage", "name": "tune", "state": "start"}, 0.0)
    assert status.seconds_left(1.0) is None
    status.apply({"kind": "trial", "index": 1, "of": 4, "state": "start"}, 10.0)
    status.apply({"kind": "trial", "index": 1, "of": 4, "state": "completed", "best": 0.5}, 20.0)
    assert status.seconds_left(20.0) == pytest.approx(30.0)
    assert status.best == 0.5


def test_what_untrusted_values_become():
    assert clean("a\x00b\x1b[0m\nc\u200b") == "ab[0m c"
    assert number(True) is None and number(math.inf) is None and number("3") is None and number(10**400) is None
    assert count(-3) == 0 and count(2.9) == 2


@pytest.fixture
def finished(tmp_path):
    folder = RunFolder.create(tmp_path, "digits-20261120T101502-ab12")
    folder.report.write_text("<html>")
    record = RunRecord(
        id=folder.id,
        task=Task(dataset="digits"),
        started="2026-11-20T10:15:02+00:00",
        outcome=Outcome.SUCCESS,
        message="A small model was measured.",
        evidence=Evidence(
            test=Measurement(metric="accuracy", score=0.972),
            validation=Measurement(metric="accuracy", score=0.969),
            baselines={"majority class": 0.102, "logistic regression": 0.958},
            beats_baselines=True,
            size=ModelSize(parameters=38_000, quantization_bits=8, real_bytes=42_188, formula_kb=40.8),
            size_limit_kb=256,
            test_rows=360,
            model_file="project/model.safetensors",
            graph_file="project/graph.pt2",
            predictions_file="metrics/p.npy",
            project_folder="project",
            project_ran=True,
            hashes={},
        ),
    )
    return record, folder


def test_the_last_lines_hold_the_evidence(finished):
    record, folder = finished
    file = io.StringIO()
    Progress(file=file, quiet=True).finish(record, folder)
    shown = file.getvalue()
    assert shown.startswith("SUCCESS: A small model was measured.\n")
    assert "97.2 % on 360 unseen rows, better than majority class 10.2 %, logistic regression 95.8 %" in shown
    assert "41.2 KB of 256.0 KB (38,000 parameters at 8 bits)" in shown
    assert str(folder.report) in shown


def test_a_run_without_evidence_claims_none(finished):
    record, folder = finished
    partial = record.model_copy(
        update={
            "outcome": Outcome.CANCELLED,
            "evidence": None,
            "partial": {"validation": 0.9},
            "message": "\x1b[31mred",
        }
    )
    file = io.StringIO()
    Progress(console=Console(file=file, force_terminal=True, width=120, color_system=None)).finish(partial, folder)
    shown = file.getvalue()
    assert "partial, not measured on the test rows" in shown and "arxla resume digits" in shown
    assert "\x1b[31m" not in shown
