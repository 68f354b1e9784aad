import json
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from arxla.commands import runs
from runtime.errors import InputError
from runtime.outcome import Outcome
from runtime.task import Task
from tools.papers.brief import Criterion, CriterionVerdict, PaperBrief
from tools.recommend.recommendation import RankedDataset, Recommendation
from tools.results.batch import BatchFolder, new_record
from tools.results.folder import RunFolder
from tools.results.record import RunRecord


@pytest.fixture
def results(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ARXLA_OUT", raising=False)
    for name, outcome in (("digits-20261120T101502-aaaa", None), ("wine-20261121T101502-bbbb", Outcome.STOP_PIPELINE)):
        folder = RunFolder.create(tmp_path / "results", name)
        folder.save_record(
            RunRecord(
                id=name,
                task=Task(dataset="digits"),
                started="2026-11-20T10:15:02+00:00",
                outcome=outcome,
                message="No\x1b[31m memory.",
                model_name="MLP",
                seconds=90,
            )
        )
    return tmp_path / "results"


def invoke(*arguments):
    result = CliRunner().invoke(runs.app, [str(argument) for argument in arguments], env={"COLUMNS": "140"})
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.output


@pytest.mark.usefixtures("results")
def test_the_list_is_newest_first():
    lines = invoke().splitlines()
    assert [line.split()[:2] for line in lines] == [
        ["#", "run"],
        ["2", "wine-20261121T101502-bbbb"],
        ["1", "digits-20261120T101502-aaaa"],
    ]
    assert "STOP_PIPELINE" in lines[1] and "MLP" in lines[1] and lines[1].rstrip().endswith("1.5")
    assert "interrupted" in lines[2]


def test_a_run_that_is_worked_on_is_running(results):
    with RunFolder(results / "digits-20261120T101502-aaaa").lease():
        assert "running" in invoke().splitlines()[2]


def test_a_batch_is_pointed_to_its_summary_and_is_no_run(results):
    folder = BatchFolder.create(results, datetime(2026, 11, 22, tzinfo=UTC))
    folder.save(new_record(folder, "chosen", [("a", "A"), ("b", "B")]))
    assert "batch" not in invoke()
    with pytest.raises(InputError, match=r"2 papers.*summary\.html"):
        invoke("show", folder.id)


@pytest.mark.usefixtures("results")
def test_the_list_as_json_and_limited():
    assert [run["id"] for run in json.loads(invoke("--json", "--limit", 1))] == ["wine-20261121T101502-bbbb"]


@pytest.mark.usefixtures("results")
def test_an_empty_folder_is_no_error(tmp_path):
    assert invoke("--out", tmp_path / "none").startswith("No runs in")


@pytest.mark.usefixtures("results")
def test_one_run():
    shown = invoke("show", "wine")
    assert shown.startswith("STOP_PIPELINE: No[31m memory.") and "\x1b" not in shown
    assert json.loads(invoke("show", "latest", "--json"))["outcome"] == "STOP_PIPELINE"


def test_the_events_of_a_run(results):
    RunFolder(results / "wine-20261121T101502-bbbb").append_event({"kind": "note", "text": "é\x1b"})
    assert json.loads(invoke("show", "wine", "--events", "--json")) == {"kind": "note", "text": "é\x1b"}
    assert invoke("show", "wine", "--events").split() == ["note", "é"]
    assert invoke("show", "wine", "--events", "--kind", "stage") == ""
    with pytest.raises(InputError, match="no events of the kind 'stages'; the kinds are stage"):
        invoke("show", "wine", "--events", "--kind", "stages")
    with pytest.raises(InputError, match="--follow and --kind go with --events"):
        invoke("show", "wine", "--follow")


def test_a_report_is_opened_only_where_there_is_one(results, monkeypatch):
    opened = []
    monkeypatch.setattr(runs.webbrowser, "open", lambda url: opened.append(url) or True)
    with pytest.raises(InputError, match="has no report yet"):
        invoke("show", "wine", "--open")
    (results / "wine-20261121T101502-bbbb" / "report.html").write_text("<html>")
    invoke("show", "wine", "--open")
    assert opened[0].startswith("file:///") and opened[0].endswith("report.html")


@pytest.mark.usefixtures("results")
def test_a_wrong_name_is_bad_input():
    with pytest.raises(InputError, match="did you mean wine"):
        invoke("show", "wime-20261121T101502-bbbb")


def test_a_run_of_a_paper_says_what_it_did_with_it(results):
    folder = RunFolder.create(results, "omni-20261122T101502-cccc")
    criteria = [Criterion(id="C1", text="primes"), Criterion(id="C2", text="two layers")]
    record = RunRecord(
        id=folder.id,
        task=Task(paper="omni.txt", dataset="ecg.npz"),
        started="2026-11-20T10:15:02+00:00",
        outcome=Outcome.SUCCESS,
        brief=PaperBrief(paper_id="p", title="Omni\x1b[31m-Scale " + "word " * 60, method="m", criteria=criteria),
        criteria=[CriterionVerdict(id="C1", verdict="met")],
        dataset="ecg.npz",
        recommendation=Recommendation(
            primary="ecg.npz", ranked=[RankedDataset(name="ecg.npz", score=1, reasons=["the user's own"])]
        ),
        candidates=[{"number": n, "outcome": "ran", "chosen": n == 1} for n in range(3)],
    )
    folder.save_record(record)
    shown = invoke("show", "omni").splitlines()
    assert [line.strip().partition(":")[0] for line in shown[1:3]] == ["Paper", "Criteria"]
    assert "\x1b" not in shown[1] and len(shown[1]) < 190 and shown[1].endswith("…")
    assert shown[2:6] == [
        "  Criteria: 1 of 2 criteria met, 1 not judged",
        "  C2, not judged: two layers",
        "  Dataset: ecg.npz: the user's own",
        "  Candidates: 2 of 3 went on, 3 ran",
    ]
    many = [Criterion(id=f"C{number}", text="x") for number in range(1, 12)]
    folder.save_record(record.model_copy(update={"brief": record.brief.model_copy(update={"criteria": many})}))
    shown = invoke("show", "omni").splitlines()
    assert sum("not judged: x" in line for line in shown) == 6
    assert "  Others: 4 more are not met, met in part or not judged; the report names them" in shown
