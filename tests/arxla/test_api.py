"""`arxla.run` and `arxla.resume` as Python calls."""

from pathlib import Path
from typing import Any

import pytest

import arxla
from graph.nodes import dataset
from runtime.errors import DiskFull, InputError
from runtime.outcome import Outcome

OPTIONS: dict[str, Any] = {"target": "cpu", "trials": 0, "use_cache": False, "skip_literature_review": True}


@pytest.mark.box
def test_a_run_that_the_disk_stopped_goes_on_when_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_given: Any, **_options: Any) -> None:
        raise DiskFull("no space is left")

    monkeypatch.chdir(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(dataset, "prepare", full)
        with pytest.raises(DiskFull):
            arxla.run("wine", results="results", **OPTIONS)
    record = arxla.resume("latest", results="results")
    assert record.outcome is Outcome.SUCCESS, record.message
    assert record.cause is None


@pytest.mark.box
def test_a_run_that_a_bug_of_ours_crashed_goes_on_from_the_stage_that_crashed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def buggy(*_given: Any, **_options: Any) -> None:
        raise KeyError("ours")

    monkeypatch.chdir(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(dataset, "prepare", buggy)
        with pytest.raises(KeyError):
            arxla.run("wine", results="results", **OPTIONS)
    assert arxla.resume("latest", results="results").outcome is Outcome.SUCCESS


@pytest.mark.parametrize("wrong", [{"dataset": "nowhere.csv"}, {"function": "nothing"}, {"model": "nobody:x"}])
def test_a_slip_of_the_pen_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: dict[str, str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError):
        arxla.run(**{"dataset": "wine", **OPTIONS, **wrong})
    assert not list(tmp_path.iterdir())
