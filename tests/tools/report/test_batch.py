"""The seed's statistics and six pictures over a batch of papers."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from runtime.outcome import Outcome
from runtime.task import Task
from tools.papers.brief import Criterion, CriterionVerdict, PaperBrief
from tools.recommend.recommendation import Recommendation
from tools.report.batch_page import write_summary
from tools.report.batch_statistics import summarise
from tools.results.batch import BatchEntry, BatchFolder, BatchRecord, find_batch
from tools.results.record import DebugRecord, ReviewRecord, RunRecord, StageRecord, Usage
from tools.review.finding import Finding, Severity

HOSTILE = "<script>alert(1)</script> & a very long title that goes on and on"
SECONDS = {"retrieve": 2.0, "summarize": 20.0, "brief": 4.0, "recommend": 1.0, "code": 30.0, "review": 12.0}


def run(name: str, outcome: Outcome | None, **facts: Any) -> RunRecord:
    stages = [StageRecord(name=stage, started=0, seconds=seconds) for stage, seconds in SECONDS.items()]
    brief = PaperBrief(
        paper_id=name, title=HOSTILE if name == "a" else name, method="m", criteria=[Criterion(id="C1", text="t")]
    )
    given: dict[str, Any] = {
        "id": name,
        "task": Task(paper=name),
        "outcome": outcome,
        "started": "2026-11-20T10:00:00+00:00",
        "seconds": 100.0,
        "model_name": "cnn1d",
        "stages": stages,
        "brief": brief,
        "criteria": [CriterionVerdict(id="C1", verdict="met", lines=[3])],
        "reviews": [ReviewRecord(round=1, fixed=["XLA001", "XLA001"])],
        "curves": {"val_acc": [0.5]},
        "dataset": "mnist",
        "recommendation": Recommendation(primary="cifar10", ranked=[]) if facts.get("dataset") != "" else None,
        "model_seconds": 6.0,
        "usage": [Usage(agent="coder", model="m", calls=2, input_tokens=10, output_tokens=5, usd=0.25, seconds=9)],
    }
    return RunRecord(**(given | facts))


@pytest.fixture
def batch(tmp_path: Path) -> tuple[BatchFolder, BatchRecord, dict[str, RunRecord]]:
    left = Finding(rule="DAT001", severity=Severity.WARNING, line=1, column=0, message="x")
    failure = DebugRecord(stage="execute", failure="RuntimeError: shapes", correction="c", kind="training_code")
    runs = {
        "a": run("a", Outcome.SUCCESS),
        "b": run("b", Outcome.DEBUG_CHANCES_EXHAUSTED, curves={}, debugging=[failure], dataset="imdb"),
        "c": run("c", Outcome.TOO_FEW_CHUNKS, model_name="", curves={}, reviews=[], dataset="", criteria=[]),
        "d": run("d", None, reviews=[ReviewRecord(round=1, findings=[left])]),
    }
    entries = [BatchEntry(reference=name, run_id=name, title=name) for name in runs]
    entries += [BatchEntry(reference="e"), BatchEntry(reference="f", fault="no such paper")]
    folder = BatchFolder(tmp_path / "results" / "batch-20261120T100000-abcd")
    folder.path.mkdir(parents=True)
    record = BatchRecord(id=folder.id, started="2026-11-20T10:00:00+00:00", selection="chosen", entries=entries)
    return folder, record, runs


def test_rates_are_shares_of_all_papers_and_means_of_those_that_got_there(batch: Any) -> None:
    _, record, runs = batch
    summary = summarise(record, runs)
    assert (summary.papers, summary.ended, summary.generated, summary.executed, summary.succeeded) == (6, 3, 3, 2, 1)
    assert summary.generation_success_rate == 0.5
    assert summary.execution_success_rate == pytest.approx(2 / 3)
    assert summary.success_rate == pytest.approx(1 / 6)
    assert summary.mean_generation_seconds == 30
    assert summary.mean_review_seconds == 12
    assert summary.mean_fixes == pytest.approx((2 + 3 + 0) / 3)
    assert summary.fix_success_rate == 0.5
    assert [(entry.name.split()[0], entry.count) for entry in summary.common_issues] == [("XLA001", 4), ("DAT001", 1)]
    assert [(entry.name, entry.count) for entry in summary.datasets] == [("mnist", 2), ("imdb", 1)]
    assert [(entry.name, entry.count) for entry in summary.recommended] == [("cifar10", 3)]
    assert summary.mean_model_seconds == 6, "what calls side by side took together, not their sum (9)"
    assert {line.outcome for line in summary.lines} >= {"SUCCESS", "interrupted", "not started", "fault"}
    assert summary.usd == 1.0
    assert summary.calls == {"coder": 8}


def test_an_unknown_price_is_not_summed_as_nothing(batch: Any) -> None:
    _, record, runs = batch
    runs["a"].usage[0].usd = None
    assert summarise(record, runs).usd is None


def test_the_page_holds_the_six_pictures_and_escapes_what_papers_say(batch: Any) -> None:
    folder, record, runs = batch
    write_summary(folder, record, runs)
    page = folder.page.read_text()
    for title in (
        "Pipeline flow",
        "Components",
        "Timeline",
        "Success rate",
        "Issue distribution",
        "Dataset distribution",
    ):
        assert f"<h2>{title}</h2>" in page
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert not re.search(r"(?:src|href)=\"https?:", page)
    assert json.loads(folder.summary.read_text())["papers"] == 6


def test_a_batch_in_which_nothing_began_still_has_a_page(tmp_path: Path) -> None:
    folder = BatchFolder(tmp_path)
    record = BatchRecord(id="batch-x", started="", selection="recent", entries=[BatchEntry(reference="a")])
    assert write_summary(folder, record, {}).success_rate == 0
    assert "not started" in folder.page.read_text()


def test_a_batch_is_found_by_a_unique_beginning_of_its_id(batch: Any) -> None:
    folder, record, _ = batch
    folder.save(record)
    found = find_batch(folder.results, "batch-2026")
    assert found is not None
    assert found.load() == record
    assert find_batch(folder.results, "digits-2026") is None
