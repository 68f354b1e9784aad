import errno
import math
import os
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from runtime.errors import DiskFull, InputError
from runtime.task import Task
from tools.results import folder as folder_module
from tools.results import writing
from tools.results.folder import STAGES, RunFolder, new_run_id
from tools.results.record import RunRecord

NOW = datetime(2026, 11, 20, 10, 15, 2, tzinfo=UTC)


def make_record(run_id: str) -> RunRecord:
    return RunRecord(id=run_id, task=Task(dataset="digits"), started=NOW.isoformat())


@pytest.fixture
def folder(tmp_path):
    return RunFolder.create(tmp_path / "results", "digits-20261120T101502-ab12")


@pytest.mark.parametrize(
    ("dataset", "start"),
    [
        ("digits", "digits-"),
        ("../my data/ECG 5000.npz", "ECG-5000-"),
        ("/", "run-"),
        ("дані.csv", "run-"),
        ("..", "run-"),
    ],
)
def test_an_id_is_readable_and_safe(dataset, start):
    run_id = new_run_id(dataset, NOW)
    assert run_id.startswith(start + "20261120T101502-")
    assert re.fullmatch(r"[A-Za-z0-9._-]+", run_id)


def test_ids_of_one_second_differ_and_stay_short():
    assert len({new_run_id("digits", NOW) for _ in range(20)}) > 15
    assert len(new_run_id("x" * 300, NOW)) < 64


def test_the_folders_of_a_run(folder):
    assert all((folder.path / name).is_dir() for name in (*STAGES, "data", "scratch", "project"))


def test_creating_again_keeps_what_is_there(folder):
    folder.save_record(make_record(folder.id))
    again = RunFolder.create(folder.path.parent, folder.id)
    assert again.load_record().id == folder.id


def test_results_that_are_a_file_are_bad_input(tmp_path):
    (tmp_path / "results").write_text("a file")
    with pytest.raises(InputError, match="it is a file"):
        RunFolder.create(tmp_path / "results", "r")


@pytest.mark.parametrize("fault", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_results_that_cannot_be_written(tmp_path, monkeypatch, fault):
    def refuse(*_args, **_kwargs):
        raise OSError(fault, os.strerror(fault))

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(DiskFull) as caught:
        RunFolder.create(tmp_path / "results", "r")
    assert str(caught.value).endswith(".") and "\n" not in str(caught.value)


def test_a_full_disk_leaves_the_old_record(folder, monkeypatch):
    folder.save_record(make_record(folder.id))
    before = folder.record.read_bytes()

    def no_space(_handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(writing.os, "fsync", no_space)
    with pytest.raises(DiskFull, match="no space is left"):
        folder.save_record(make_record(folder.id).model_copy(update={"message": "newer"}))
    assert folder.record.read_bytes() == before
    assert not list(folder.path.glob(".run.json*"))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_really_full_device_is_named(folder):
    folder.events.symlink_to("/dev/full")
    with pytest.raises(DiskFull, match=r"Can't write .*events.jsonl: no space is left"):
        folder.append_event({"kind": "note", "text": "hello"})


def test_a_record_with_a_diverged_curve_comes_back(folder):
    record = make_record(folder.id)
    record.curves = {"train_losses": [1.0, math.nan, math.inf]}
    folder.save_record(record)
    losses = folder.load_record().curves["train_losses"]
    assert losses[0] == 1.0 and math.isnan(losses[1]) and losses[2] == math.inf


@pytest.mark.parametrize("text", ["", "{", "[]", '{"id": "x", "unknown": 1}', "\x00\xff"])
def test_a_damaged_record_is_one_sentence(folder, text):
    folder.record.write_text(text)
    with pytest.raises(InputError, match=r"damaged or from another version") as caught:
        folder.load_record()
    assert "\n" not in str(caught.value)


def test_a_missing_record_is_one_sentence(folder):
    with pytest.raises(InputError, match=r"no run\.json"):
        folder.load_record()


def test_code_of_one_second_is_never_overwritten(folder):
    first = folder.save_code("code-generation", "a = 1\n", NOW)
    second = folder.save_code("code-generation", "a = 2\n", NOW)
    assert first.name == f"{folder.id}_20261120T101502.py"
    assert first.read_text() == "a = 1\n" and second.read_text() == "a = 2\n"
    assert folder.latest_code("code-review", "code-generation") == second


def test_json_holds_no_nan(folder):
    path = folder.save_json("metrics", {"loss": math.nan, "shape": (1, 2)}, "training", NOW)
    assert path.name == f"{folder.id}_20261120T101502_training.json"
    assert path.read_text() == '{\n "loss": null,\n "shape": [\n  1,\n  2\n ]\n}\n'


def test_what_follows_a_torn_event_is_kept(folder):
    folder.events.write_bytes(b'{"kind": "note"}\n{"kind": "no')
    folder.append_event({"kind": "note", "text": "two"})
    folder.append_event({"kind": "note", "text": "three"})
    folder.events.write_bytes(folder.events.read_bytes() + b"[" * 100_000 + b"\n")
    assert [event.get("text") for event in folder.read_events()] == [None, "two", "three"]


def test_a_torn_event_is_left_out(folder):
    folder.append_event({"kind": "note", "text": "one"})
    with folder.events.open("ab") as stream:
        stream.write(b'{"kind": "no')
    assert [event["text"] for event in folder.read_events()] == ["one"]


def test_relative_names_files_below_the_run(folder):
    assert folder.relative(folder.project / "model.safetensors") == "project/model.safetensors"
    with pytest.raises(ValueError, match="not in the subpath"):
        folder.relative(folder.path.parent / "other")


def test_a_full_event_file_keeps_only_what_says_how_the_run_went(tmp_path, monkeypatch):
    monkeypatch.setattr(folder_module, "MOST_EVENT_BYTES", 200)
    folder = RunFolder.create(tmp_path, "wine-1")
    for number in range(20):
        folder.append_event({"kind": "epoch", "epoch": number})
    folder.append_event({"kind": "outcome", "outcome": "SUCCESS"})
    kinds = [event["kind"] for event in folder.read_events()]
    assert kinds[-2:] == ["warning", "outcome"] and kinds.count("warning") == 1
    assert 2 < kinds.count("epoch") < 10
