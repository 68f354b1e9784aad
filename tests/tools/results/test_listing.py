import json
import time

import pytest

from runtime.errors import InputError
from tools.results.folder import RunFolder
from tools.results.listing import RunIndex, find_run, list_runs


def add_run(results, run_id, **fields):
    folder = results / run_id
    folder.mkdir(parents=True)
    record = {
        "id": run_id,
        "task": {"dataset": "digits"},
        "started": "2026-11-20T10:15:02+00:00",
        "seconds": 90.0,
    } | fields
    (folder / "run.json").write_text(json.dumps(record))
    return folder


@pytest.fixture
def results(tmp_path):
    add_run(tmp_path, "digits-20261120T101502-aaaa")
    add_run(
        tmp_path,
        "wine-20261120T111502-bbbb",
        outcome="SUCCESS",
        evidence={"test": {"metric": "accuracy", "score": 0.97}, "size": {"real_bytes": 2048}},
    )
    add_run(tmp_path, "digits-20261121T101502-cccc", outcome="STOP_PIPELINE")
    return tmp_path


def test_newest_first(results):
    runs = list_runs(results)
    assert [run.id[-4:] for run in runs] == ["cccc", "bbbb", "aaaa"]
    assert (runs[1].score, runs[1].size_kb, runs[1].minutes) == (0.97, 2.0, 1.5)
    assert [run.id for run in list_runs(results, limit=1)] == [runs[0].id]


def test_the_oldest_run_is_number_one(results):
    assert [run.number for run in list_runs(results)] == [3, 2, 1]
    assert [run.number for run in RunIndex(results).page(1, 1)[0]] == [2]
    assert find_run(results, "2").id.endswith("bbbb")


@pytest.mark.parametrize(
    ("usage", "usd"), [([], 0), ([{"usd": 0.25}, {"usd": 0.5}], 0.75), ([{"usd": 0.25}, {"usd": None}], None)]
)
def test_what_a_run_cost(tmp_path, usage, usd):
    add_run(tmp_path, "digits-20261120T101502-aaaa", usage=usage)
    assert list_runs(tmp_path)[0].usd == usd


def test_an_index_reads_a_record_again_when_it_has_changed(results, monkeypatch):
    index = RunIndex(results)
    before = index.runs()
    monkeypatch.setattr("tools.results.listing._summary", lambda path: pytest.fail(f"{path} was read again"))
    assert index.runs() == before
    monkeypatch.undo()
    add_run(results, "digits-20261122T101502-dddd")
    record = results / "wine-20261120T111502-bbbb" / "run.json"
    record.write_text(record.read_text().replace("SUCCESS", "CANCELLED"))
    assert [run.outcome for run in index.runs()] == [None, "STOP_PIPELINE", "CANCELLED", None]


def test_a_run_that_a_process_works_on_says_its_stage_and_what_it_waits_for(tmp_path):
    folder = RunFolder(add_run(tmp_path, "digits-20261120T101502-aaaa", waiting={"text": "Run this code?"}))
    folder.append_event({"kind": "stage", "name": "dataset", "state": "start"})
    folder.append_event({"kind": "stage", "name": "dataset", "state": "end"})
    folder.append_event({"kind": "stage", "name": "tune", "state": "start"})
    folder.append_event({"kind": "epoch", "epoch": 1})
    index = RunIndex(tmp_path)
    with folder.lease():
        run = index.runs()[0]
    assert (run.running, run.stage, run.waiting) == (True, "tune", "Run this code?")
    assert (index.runs()[0].running, index.runs()[0].stage) == (False, "")


def test_a_folder_that_is_not_there_holds_no_runs(tmp_path):
    assert list_runs(tmp_path / "none") == []


@pytest.mark.parametrize(
    "text", ["{", "[1]", '{"evidence": 3}', '{"evidence": {"size": {"x": 1}}}', '{"seconds": "long"}']
)
def test_a_damaged_run_is_listed_as_such(results, text):
    (results / "wine-20261120T111502-bbbb" / "run.json").write_text(text)
    assert [run.readable for run in list_runs(results)] == [True, False, True]


@pytest.mark.parametrize(
    ("text", "end"),
    [("latest", "cccc"), ("wine", "bbbb"), ("digits-20261120", "aaaa"), ("digits-20261121T101502-cccc", "cccc")],
)
def test_what_a_name_means(results, text, end):
    assert find_run(results, text).id.endswith(end)


def test_the_path_of_a_run_is_a_name_too(results, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    assert find_run(elsewhere, str(results / "wine-20261120T111502-bbbb")).id == "wine-20261120T111502-bbbb"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("digits", "fits 2 runs"),
        ("wime-20261120T111502-bbbb", "did you mean wine-20261120T111502-bbbb"),
        ("zzzz", "`arxla runs` lists them"),
        ("", "There is no run ''"),
        ("../", "There is no run"),
    ],
)
def test_a_wrong_name_is_one_sentence(results, text, says):
    with pytest.raises(InputError, match=says) as caught:
        find_run(results, text)
    assert "\n" not in str(caught.value)


def test_no_runs_at_all(tmp_path):
    with pytest.raises(InputError, match="There are no runs"):
        find_run(tmp_path, "latest")


def test_a_thousand_runs_are_listed_in_a_moment(tmp_path):
    trials = [
        {"index": i, "hyperparameters": {"lr": 0.001, "width": 64}, "state": "completed", "score": 0.9}
        for i in range(100)
    ]
    for index in range(1000):
        add_run(tmp_path, f"digits-20261120T10{index // 60:02d}{index % 60:02d}-{index:04x}", tuning={"trials": trials})
    begun = time.perf_counter()
    runs = list_runs(tmp_path)
    took = time.perf_counter() - begun
    assert len(runs) == 1000
    assert took < 3.0, f"{took:.2f} s"
