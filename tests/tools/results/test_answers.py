"""Questions about runs are answered from their records, and say so where a record has no answer."""

from pathlib import Path
from typing import Any

import pytest

from runtime.approval import Question
from runtime.errors import InputError
from runtime.outcome import Outcome, StopCause
from runtime.task import Task
from tools.results.answers import look_up
from tools.results.folder import RunFolder
from tools.results.record import (
    DebugRecord,
    Evidence,
    Measurement,
    ModelSize,
    ReviewRecord,
    RunRecord,
    StageRecord,
    TrialRecord,
    TuningRecord,
    Usage,
)
from tools.review.finding import Finding, Severity


def evidence(score: float, real_bytes: int, metric: str = "accuracy") -> Evidence:
    measured = Measurement(metric=metric, score=score)
    size = ModelSize(parameters=1797, quantization_bits=8, real_bytes=real_bytes, formula_kb=2.0)
    return Evidence(
        test=measured, validation=measured, baselines={"majority class": 0.1}, beats_baselines=True, size=size,
        size_limit_kb=64, test_rows=360, model_file="m", graph_file="g", predictions_file="p", project_folder="project",
        project_ran=True, hashes={},
    )  # fmt: skip


def keep(results: Path, run_id: str, **fields: Any) -> RunFolder:
    folder = RunFolder.create(results, run_id)
    task = fields.pop("task", {"dataset": "digits", "trials": 2})
    record = RunRecord(id=run_id, task=Task(**task), started="2026-11-20T10:15:02+00:00", **fields)
    folder.save_record(record)
    return folder


@pytest.fixture
def results(tmp_path: Path) -> Path:
    won = {"outcome": Outcome.SUCCESS, "message": "done", "model_name": "cnn2d", "generated_by": "expert (rule-based)"}
    trials = [
        TrialRecord(index=0, hyperparameters={"lr": 0.01}, state="completed", score=0.93, model_kb=12.5),
        TrialRecord(index=1, hyperparameters={"lr": 0.5}, state="failed", reason="NaN loss"),
    ]
    used = Usage(agent="coder", model="openai:m", calls=3, input_tokens=1200, output_tokens=340, usd=0.0312, seconds=8)
    keep(
        tmp_path, "digits-20261120T101502-aaaa", evidence=evidence(0.975, 51_917), dataset="digits", seconds=72.0,
        tuning=TuningRecord(tuner="ax", trials=trials, best_index=0), usage=[used], hyperparameters={"lr": 0.01},
        reviews=[ReviewRecord(round=1, fixed=["XLA001"])], **won,
    )  # fmt: skip
    keep(
        tmp_path, "wine-20261120T111502-bbbb", outcome=Outcome.STOP_PIPELINE, cause=StopCause.OUT_OF_MEMORY,
        message="no memory is left", dataset="wine", task={"dataset": "wine"},
        stages=[StageRecord(name="execute", started=0, seconds=2), StageRecord(name="report", started=2, seconds=1)],
        debugging=[DebugRecord(stage="execution", failure="MemoryError", correction="fewer rows", kind="bo_config")],
    )  # fmt: skip
    keep(tmp_path, "digits-20261121T101502-cccc", evidence=evidence(0.96, 9_000), dataset="digits", seconds=30, **won)
    return tmp_path


def told(results: Path, kind: str, *runs: str, dataset: str = "") -> str:
    return look_up(kind, results, runs, dataset).text


def test_a_run_is_told_with_its_number_its_id_and_its_figures(results: Path) -> None:
    text = told(results, "run", "1")
    assert text.startswith("Run 1 (digits-20261120T101502-aaaa): SUCCESS")
    for figure in ("accuracy 97.5 %", "360 test rows", "50.7 KB of 64.0 KB", "1,797 parameters", "1 min 12 s", "$0.03"):
        assert figure in text
    assert look_up("run", results, ["1"]).runs == ["digits-20261120T101502-aaaa"]


def test_why_a_run_ended_names_cause_stage_and_what_was_tried(results: Path) -> None:
    text = told(results, "why", "2")
    for part in (
        "STOP_PIPELINE: no memory is left",
        "out of memory",
        "last stage: execute",
        "MemoryError",
        "--max-rows",
    ):
        assert part in text
    assert "beats" not in text and "measured" not in text


def test_without_a_name_it_is_the_newest(results: Path) -> None:
    assert told(results, "run").startswith("Run 3 (")


def test_a_run_that_has_not_ended_says_what_it_does(tmp_path: Path) -> None:
    keep(tmp_path, "iris-20261122T101502-dddd", task={"dataset": "iris"})
    waiting = Question(kind="code", text="May it run?")
    folder = keep(tmp_path, "iris-20261123T101502-eeee", task={"dataset": "iris"}, waiting=waiting)
    assert "was interrupted; it has no outcome" in told(tmp_path, "why", "1")
    assert "waits for an answer: May it run?" in told(tmp_path, "why", "2")
    folder.save_record(folder.load_record().model_copy(update={"waiting": None}))
    with folder.lease():
        assert "it is running" in told(tmp_path, "why", "2")


def test_the_best_are_told_for_each_dataset(results: Path) -> None:
    text = told(results, "best")
    assert text.index("run 1 ") < text.index("run 3 ") and "wine" not in text
    assert told(results, "best", dataset="wine") == "No run on wine has a measured test score yet."


def test_runs_can_be_of_one_dataset(results: Path) -> None:
    assert told(results, "runs").startswith("3 runs, newest first")
    assert told(results, "runs", dataset="wine").splitlines()[1].startswith("- run 2 (wine-")
    assert "There is no run on iris" in told(results, "runs", dataset="iris")


def test_two_runs_are_compared_where_their_scores_mean_the_same(results: Path) -> None:
    text = told(results, "compare", "1", "3")
    assert "| test score | accuracy 97.5 % | accuracy 96.0 % |" in text and "| size | 50.7 KB | 8.8 KB |" in text
    assert text.endswith("Run 1 scored highest.")
    assert told(results, "compare") == told(results, "compare", "2", "3")
    assert "nothing to compare: run 2" in told(results, "compare", "1", "2")
    keep(results, "x-20261123T101502-ffff", evidence=evidence(0.9, 9_000), dataset="other", outcome=Outcome.SUCCESS)
    assert "can't be compared" in told(results, "compare", "1", "4")


@pytest.mark.parametrize("runs", [("1",), ("1", "1")])
def test_a_comparison_needs_two_runs(results: Path, runs: tuple[str, ...]) -> None:
    with pytest.raises(InputError, match="Which two runs"):
        look_up("compare", results, runs)


def test_trials_cost_and_review_are_told(results: Path) -> None:
    trials = told(results, "trials", "1")
    assert "trial 0: completed, score 0.9300, 12.5 KB, lr 0.01" in trials and "NaN loss" in trials
    assert "The best is trial 0." in trials and "no tuning trials" in told(results, "trials", "2")
    assert "coder (openai:m): 3 calls, 1,200 tokens in, 340 out, 8.0 s, $0.0312" in told(results, "cost", "1")
    assert "no language model was asked" in told(results, "cost", "2")
    assert "mended by rule: XLA001" in told(results, "review", "1")
    assert "has not been reviewed" in told(results, "review", "2")


def test_what_the_review_left_is_told_worst_first(tmp_path: Path) -> None:
    found = [
        Finding(rule="XLA009", severity=Severity.NOTE, message="slow", line=9, column=1),
        Finding(rule="SEC001", severity=Severity.ERROR, message="opens a socket", line=3, column=1),
    ]
    review = ReviewRecord(round=1, findings=found)
    keep(tmp_path, "a-20261120T101502-aaaa", reviews=[review], outcome=Outcome.REVIEW_REJECTED, message="blocked")
    for kind in ("review", "why"):
        text = told(tmp_path, kind, "1")
        assert text.index("SEC001") < text.index("XLA009")


def test_code_is_shown_with_where_it_lies(results: Path) -> None:
    assert "has written no code yet" in told(results, "code", "1")
    folder = RunFolder(results / "digits-20261120T101502-aaaa")
    path = folder.save_code("code-generation", "print('```')\n" * 500)
    text = told(results, "code", "1")
    assert str(path) in text and "400 of 500 lines" in text
    assert text.count("\n````") == 2


def test_help_and_datasets_need_no_run(tmp_path: Path) -> None:
    assert "why did run 7 stop?" in told(tmp_path, "help")
    assert "- digits: 1,797" in told(tmp_path, "datasets")
    assert "There is no run in" in told(tmp_path, "runs")


def test_a_run_that_is_not_there_is_named(results: Path) -> None:
    with pytest.raises(InputError, match="There is no run '77'"):
        look_up("why", results, ["77"])
