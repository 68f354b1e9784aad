"""One run's page, its files, and what can be done with it."""

import io
import zipfile

import pytest

from arxla.web.backend import Conversation
from arxla.web.run import stages_of
from evals.benchmarks.many_runs import make_runs
from runtime.approval import Question
from runtime.outcome import Outcome, StopCause
from runtime.task import Task


@pytest.fixture
def run(settings):
    return next(folder for folder in make_runs(settings.out, 8) if folder.load_record().evidence)


def test_an_ended_run_shows_its_report(client, run):
    page = client.get(f"/ui/runs/{run.id}")
    for words in ("Success", "Hyperparameters", "Trials", "Timeline", "Code", "def", "Files", "Log", "Confusion"):
        assert words in page.text, words
    assert 'id="parallel"' in page.text and 'id="live"' not in page.text and " style=" not in page.text
    assert "Every trial, and how they differ" in page.text


@pytest.mark.usefixtures("run")
def test_a_number_leads_to_its_run(client):
    assert client.get("/ui/runs/1").headers["location"].startswith("/ui/runs/")
    assert client.get("/ui/runs/99").status_code == 404


def test_a_run_at_work_is_followed_and_can_be_cancelled_where_a_server_has_it(client, backend, run):
    going = run.load_record().model_copy(update={"outcome": None, "evidence": None, "thread_id": "t1"})
    run.save_record(going)
    with run.lease():
        page = client.get(f"/ui/runs/{run.id}")
    assert (
        f'data-events="/ui/runs/{run.id}/events"' in page.text and "Cancel" in page.text and "Resume" not in page.text
    )
    backend.threads["t1"] = Conversation("t1", run_id=run.id, turn="turn", unfinished=True)
    assert client.post(f"/ui/runs/{run.id}/cancel").status_code == 303
    assert backend.calls == [("cancel", "t1")]
    backend.threads["t1"] = Conversation("t1", run_id=run.id, unfinished=True)
    assert "nothing to cancel" in client.post(f"/ui/runs/{run.id}/cancel").text
    assert backend.calls == [("cancel", "t1")]


def test_an_interrupted_run_goes_on(client, backend, run):
    run.save_record(run.load_record().model_copy(update={"outcome": Outcome.CANCELLED, "thread_id": "t1"}))
    assert "Resume" in client.get(f"/ui/runs/{run.id}").text
    backend.threads["t1"] = Conversation("t1", run_id=run.id, unfinished=True)
    assert client.post(f"/ui/runs/{run.id}/resume").status_code == 303
    assert backend.calls == [("resume", "t1")] and run.load_record().outcome is None


def test_a_run_that_no_server_takes_up_stays_as_it_was(client, backend, run):
    run.save_record(run.load_record().model_copy(update={"outcome": Outcome.CANCELLED, "thread_id": "t1"}))
    backend.missing = True
    assert client.post(f"/ui/runs/{run.id}/resume").status_code == 503
    assert run.load_record().outcome is Outcome.CANCELLED


def test_a_refused_run_is_over(client, run):
    refused = {"outcome": Outcome.CANCELLED, "cause": StopCause.REFUSED, "thread_id": "t1"}
    run.save_record(run.load_record().model_copy(update=refused))
    assert "Resume" not in client.get(f"/ui/runs/{run.id}").text
    assert client.post(f"/ui/runs/{run.id}/resume").status_code == 422


def test_a_run_of_a_terminal_says_what_to_type(client, backend, run):
    run.save_record(run.load_record().model_copy(update={"outcome": None}))
    assert f"arxla resume {run.id}" in client.get(f"/ui/runs/{run.id}").text
    assert client.post(f"/ui/runs/{run.id}/cancel").status_code == 422 and backend.calls == []


@pytest.mark.parametrize(
    ("form", "approve", "dataset"),
    [
        ({"choice": "yes"}, True, None),
        ({"choice": "no", "comment": "too small"}, False, None),
        ({"choice": "iris"}, True, "iris"),
    ],
)
def test_a_question_is_answered(client, backend, waiting, form, approve, dataset):
    page = client.get(f"/ui/runs/{waiting.id}")
    assert "May this run train on wine?" in page.text and 'value="iris"' in page.text
    assert client.post(f"/ui/runs/{waiting.id}/answer", data=form).status_code == 303
    ((call, thread, answer),) = backend.calls
    assert (call, thread, answer.approve, answer.dataset) == ("answer", "thread-9", approve, dataset)


@pytest.mark.parametrize(
    "elsewhere", [{"run_id": "iris-1", "unfinished": True}, {"unfinished": False}], ids=["at another run", "over"]
)
def test_nothing_reaches_what_the_chat_of_a_run_has_gone_on_to(client, backend, waiting, elsewhere):
    backend.threads["thread-9"] = Conversation("thread-9", **{"run_id": waiting.id, "turn": "turn"} | elsewhere)
    assert "/cancel" not in client.get(f"/ui/runs/{waiting.id}").text, "the answer is no"
    stopped = waiting.load_record()
    for action, form in (("answer", {"choice": "yes"}), ("cancel", {}), ("resume", {})):
        answer = client.post(f"/ui/runs/{waiting.id}/{action}", data=form)
        assert answer.status_code == 422 and f"say <code>go on with {waiting.id}</code>" in answer.text, action
    assert backend.calls == [] and waiting.load_record() == stopped


def test_more_budget_is_an_amount(client, backend, waiting):
    question = Question(kind="budget", text="More?", details={"spent": {"max_usd": 2.0}})
    waiting.save_record(waiting.load_record().model_copy(update={"waiting": question}))
    address = f"/ui/runs/{waiting.id}/answer"
    assert client.post(address, data={"choice": "yes", "max_usd": "1"}).status_code == 422
    assert client.post(address, data={"choice": "yes", "max_usd": "x"}).status_code == 422
    assert client.post(address, data={"choice": "maybe"}).status_code == 422
    assert client.post(address, data={"choice": "yes", "max_usd": "5"}).status_code == 303
    assert backend.calls[0][2].max_usd == 5


def test_a_run_that_waits_for_nothing_takes_no_answer(client, run):
    assert client.post(f"/ui/runs/{run.id}/answer", data={"choice": "yes"}).status_code == 422


def test_files_are_downloads_and_never_pages(client, run):
    (run.path / "metrics" / "page.html").write_text("<script>alert(1)</script>")
    answer = client.get(f"/ui/runs/{run.id}/files/metrics/page.html")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "page.html" in client.get(f"/ui/runs/{run.id}/files/metrics").text


OUTSIDE = (
    "../run.json", "%2e%2e/%2e%2e/etc/passwd", "..%2f..%2fhidden", "/etc/passwd", ".lease", "scratch/x", "out",
    "out/passwd", "none", "%00",
)  # fmt: skip


@pytest.mark.parametrize("path", OUTSIDE)
def test_nothing_outside_the_run_is_sent(client, run, settings, path):
    (settings.out / "hidden").write_text("SECRET")
    (run.path / ".lease").write_text("SECRET")
    (run.path / "scratch" / "x").write_text("SECRET")
    (run.path / "out").symlink_to("/etc")
    answer = client.get(f"/ui/runs/{run.id}/files/{path}")
    assert answer.status_code in (307, 308, 404) and "SECRET" not in answer.text and "root:" not in answer.text


def test_the_report_has_an_origin_of_its_own(client, run):
    assert client.get(f"/ui/runs/{run.id}/report").status_code == 404
    run.report.write_text("<h1>report</h1>")
    policy = client.get(f"/ui/runs/{run.id}/report").headers["content-security-policy"]
    assert policy.startswith("sandbox;") and "allow" not in policy


def test_the_project_comes_as_one_file(client, run):
    (run.project / "train.py").write_text("x = 1")
    (run.project / "way_out").symlink_to("/etc/passwd")
    packed = zipfile.ZipFile(io.BytesIO(client.get(f"/ui/runs/{run.id}/project.zip").content))
    assert packed.namelist() == [f"{run.id}/train.py"]


def test_a_damaged_record_is_one_sentence(client, run):
    run.record.write_text("{}")
    page = client.get(f"/ui/runs/{run.id}")
    assert page.status_code == 422 and "is damaged" in page.text


def test_stages_of_a_paper_and_of_questions(run):
    record = run.load_record()
    paper = record.model_copy(update={"task": Task(paper="x.pdf", approve=["dataset", "code"])})
    assert stages_of(record)[:2] == ["intake", "dataset"]
    assert stages_of(paper)[:6] == ["intake", "retrieve", "summarize", "brief", "recommend", "approve_dataset"]
