"""Batches of papers: side by side, restartable, one failure apart from the others."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from arxla import batch
from arxla.choosing import choose_papers
from arxla.commands import run
from runtime.approval import Question
from runtime.errors import DiskFull, InputError
from runtime.outcome import Outcome
from runtime.settings import Settings, load_settings
from tools.papers.paper import Paper
from tools.results.batch import BatchFolder
from tools.results.folder import RunFolder

TEXT = "# {title}\n\nWe train a small network with dropout 0.1 and Adam.\n" * 3


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.chdir(tmp_path)
    given = {"dataset": "wine", "target": "cpu", "trials": 0, "out": tmp_path / "results"}
    return load_settings(given, env_file=None)


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    paths = [tmp_path / f"{name}.md" for name in ("one", "two", "three")]
    for path in paths:
        path.write_text(TEXT.format(title=path.stem.title()))
    return [str(path) for path in paths]


class Runs:
    """Plays `drive`: ends each run as told, and counts how many are under way at once."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **ends: Outcome | Exception) -> None:
        self.ends, self.driven, self.now, self.most = ends, [], 0, 0
        monkeypatch.setattr(batch, "drive", self)

    async def __call__(self, _: Settings, folder: RunFolder, show: Any, _services: Any) -> None:
        record = folder.load_record()
        name = Path(str(record.task.paper)).stem
        self.driven.append(name)
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0.02)
        self.now -= 1
        show({"kind": "note", "text": name})
        end = self.ends.get(name, Outcome.SUCCESS)
        if isinstance(end, Exception):
            raise end
        folder.save_record(record.model_copy(update={"outcome": end}))


def opened(settings: Settings, files: list[str], parallel: int = 2) -> BatchFolder:
    papers, words = choose_papers(settings, files, {})
    return batch.open_batch(settings, papers, words, parallel)


def drive(settings: Settings, folder: BatchFolder) -> Any:
    return asyncio.run(batch.drive_batch(settings, folder, lambda *_: None))


def test_papers_run_side_by_side_and_no_more_than_asked(
    settings: Settings, files: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = Runs(monkeypatch)
    summary = drive(settings, opened(settings, files))
    assert sorted(runs.driven) == ["one", "three", "two"]
    assert runs.most == 2
    assert summary.succeeded == summary.papers == 3


def test_one_failure_leaves_the_others_alone_and_a_resume_repeats_only_it(
    settings: Settings, files: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = opened(settings, files)
    Runs(monkeypatch, two=DiskFull("no space is left"), three=Outcome.TOO_FEW_CHUNKS)
    summary = drive(settings, folder)
    assert [line.outcome for line in summary.lines] == ["SUCCESS", "fault", "TOO_FEW_CHUNKS"]
    assert "no space" in json.loads(folder.summary.read_text())["lines"][1]["message"]
    again = Runs(monkeypatch)
    assert [line.outcome for line in drive(settings, folder).lines] == ["SUCCESS", "SUCCESS", "TOO_FEW_CHUNKS"]
    assert again.driven == ["two"]


def test_a_bug_is_raised_when_the_others_are_through(
    settings: Settings, files: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = opened(settings, files)
    runs = Runs(monkeypatch, one=ZeroDivisionError("ours"))
    with pytest.raises(ExceptionGroup, match="1 of 3"):
        drive(settings, folder)
    assert sorted(runs.driven) == ["one", "three", "two"]
    assert json.loads(folder.summary.read_text())["succeeded"] == 2


def test_an_interrupted_batch_says_how_to_go_on(
    settings: Settings, files: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = opened(settings, files, parallel=1)
    runs = Runs(monkeypatch)

    async def interrupted() -> None:
        work = asyncio.ensure_future(batch.drive_batch(settings, folder, lambda *_: None))
        while not runs.driven:
            await asyncio.sleep(0.001)
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work

    asyncio.run(interrupted())
    assert f"arxla resume {folder.id}" in batch.interrupt(folder)
    outcomes = [record.outcome for record in batch.records_of(folder, folder.load()).values()]
    assert outcomes == [Outcome.CANCELLED]
    assert drive(settings, folder).succeeded == 3


def test_a_paper_that_waits_for_an_answer_is_named_and_left_to_wait(
    settings: Settings, files: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Waiting(Runs):
        async def __call__(self, _: Settings, folder: RunFolder, show: Any, _services: Any) -> None:
            await super().__call__(_, folder, show, _services)
            record = folder.load_record()
            if Path(str(record.task.paper)).stem == "two":
                question = Question(kind="dataset", text="May this run train on wine?", run_id=folder.id)
                folder.save_record(record.model_copy(update={"outcome": None, "waiting": question}))

    Waiting(monkeypatch)
    folder = opened(settings, files)
    summary = drive(settings, folder)
    line = next(line for line in summary.lines if line.outcome == "waiting")
    assert line.title == "two" and line.message == "May this run train on wine?"
    assert (summary.succeeded, summary.ended) == (2, 2)
    batch.interrupt(folder)
    assert RunFolder(folder.results / line.run_id).load_record().outcome is None


def test_two_processes_do_not_run_one_batch(settings: Settings, files: list[str]) -> None:
    folder = opened(settings, files)
    with folder.lease(), pytest.raises(InputError, match="already being worked on"):
        drive(settings, folder)


def test_a_model_gets_the_seeds_time_for_a_paper_and_the_expert_needs_none(
    settings: Settings, files: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert opened(settings, files).load().options["paper_seconds"] is None
    monkeypatch.setenv("ARXLA_MODEL", "openai:some@http://127.0.0.1:9/v1")
    monkeypatch.setattr(batch, "check_task", lambda *_: None)
    asked = load_settings({"dataset": "wine", "out": settings.out}, env_file=None)
    assert opened(asked, files).load().options["paper_seconds"] == batch.PAPER_SECONDS
    asked = load_settings({"dataset": "wine", "out": settings.out, "paper_seconds": 30.0}, env_file=None)
    assert opened(asked, files).load().options["paper_seconds"] == 30


@pytest.mark.parametrize(
    ("named", "selection", "words"),
    [
        (["digits"], {}, "--dataset digits"),
        (["nowhere.pdf"], {}, "nowhere.pdf"),
        (["a.pdf"], {"random": True}, "can't be combined"),
        ([], {"random": True, "recent_days": 3}, "exactly one"),
        ([], {"max_papers": 3}, "belong to"),
        ([], {"query": "{"}, "not JSON"),
        ([], {"query": "[1]"}, "dictionary"),
        ([], {"recent_days": 30}, "."),
    ],
)
def test_a_selection_that_makes_no_sense_is_one_sentence(
    settings: Settings, named: list[str], selection: dict[str, Any], words: str
) -> None:
    with pytest.raises(InputError) as refused:
        choose_papers(settings, named, selection)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_paper_that_is_named_twice_is_refused(settings: Settings, files: list[str]) -> None:
    paper = choose_papers(settings, files[:1], {})[0][0]
    with pytest.raises(InputError, match="twice"):
        batch.open_batch(settings, [paper, Paper(**paper.model_dump())], "", 1)


def test_a_paper_that_is_named_twice_by_different_paths_is_refused(settings: Settings, files: list[str]) -> None:
    other = str(Path(files[0]).parent / "elsewhere" / ".." / "one.md")
    (Path(files[0]).parent / "elsewhere").mkdir()
    with pytest.raises(InputError, match="twice"):
        opened(settings, [files[0], other])


def test_a_dataset_that_is_not_there_leaves_no_folder_behind(settings: Settings, files: list[str]) -> None:
    asked = load_settings({"dataset": "nowhere.csv", "out": settings.out}, env_file=None)
    with pytest.raises(InputError, match="nowhere"):
        opened(asked, files)
    assert not settings.out.exists()


def test_a_batch_whose_own_files_cannot_be_written_is_one_sentence(
    settings: Settings, files: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = opened(settings, files)
    Runs(monkeypatch)
    full = DiskFull("no space is left")
    monkeypatch.setattr(BatchFolder, "save", lambda *_: (_ for _ in ()).throw(full))
    with pytest.raises(DiskFull, match="no space"):
        drive(settings, folder)


def test_a_damaged_record_is_its_papers_fault_alone(
    settings: Settings, files: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = opened(settings, files)
    Runs(monkeypatch)
    drive(settings, folder)
    RunFolder(folder.results / folder.load().entries[0].run_id).record.write_text("{")
    lines = drive(settings, folder).lines
    assert [line.outcome for line in lines] == ["fault", "SUCCESS", "SUCCESS"]
    assert "damaged" in lines[0].message


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--random", "--max-papers", "0"], "--max-papers"),
        (["--recent-days", "0"], "--recent-days"),
        (["--query", ""], "not JSON"),
        (["--paper-id", ""], "--paper-id"),
    ],
)
def test_a_selection_of_nothing_is_refused_and_never_left_out(
    settings: Settings, arguments: list[str], words: str
) -> None:
    app = typer.Typer()
    app.command()(run.run)
    result = CliRunner().invoke(app, ["--out", str(settings.out), *arguments])
    assert isinstance(result.exception, InputError)
    assert words in str(result.exception)
