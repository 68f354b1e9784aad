"""Trials as they come: kept at once, errors apart, resumed after a kill, stopped when nothing works."""

import json
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evals.contracts import Case, CaseSkipped, Trial
from evals.folder import EvaluationFolder, Plan
from evals.harness import MOST_ERRORS_IN_A_ROW, Interrupted, evaluate
from evals.page import write_page
from evals.suites import load_suite
from evals.summary import save_results, summarize
from runtime.errors import InputError, ModelUnavailable
from runtime.settings import load_settings
from tests.evals.conftest import Played, score

Play = Callable[[Played], None]
Files = Callable[..., Path]


def opened(path: Path, models: tuple[str, ...] = ("expert",), seeds: tuple[int, ...] = (0,)) -> EvaluationFolder:
    plan = Plan(
        suite=load_suite(str(path)), models=list(models), seeds=list(seeds), started="2026-11-20T10:00:00+00:00"
    )
    return EvaluationFolder.create(path.parent / "evaluations", plan)


def run(folder: EvaluationFolder, cancel: threading.Event | None = None, **options: Any) -> list[Trial]:
    told = options.pop("tell", lambda *_: None)
    return evaluate(folder, load_settings(env_file=None), tell=told, cancel=cancel or threading.Event(), **options)


def test_every_case_is_tried_with_every_seed_and_model(play: Play, suite_file: Files) -> None:
    usage = [{"input_tokens": 3, "output_tokens": 4, "usd": 0.5}]
    play(lambda case, seed, model: {"right": 1.0, "score": seed / 2, "usage": usage, "who": [case.id, model]})
    folder = opened(suite_file(2), ("expert", "openai:m"), (0, 1))
    said: list[tuple[int, int]] = []
    trials = run(folder, tell=lambda _trial, done, of: said.append((done, of)), max_concurrency=3)
    assert [(one.model, one.case, one.seed) for one in trials] == [
        (model, case, seed) for model in ("expert", "openai:m") for case in "ab" for seed in (0, 1)
    ]
    assert sorted(said) == [(done, 8) for done in range(1, 9)]
    assert trials[0].scores == {"right": 1.0, "score": 0.0, "model_kb": None}
    assert (trials[0].tokens, trials[0].usd) == (7, 0.5)
    plan = folder.plan()
    summaries = summarize(plan, trials)
    assert summaries[0].suite["right"].share and summaries[0].suite["score"].mean == 0.25
    assert "model_kb" not in summaries[0].suite and (summaries[1].usd, summaries[1].tokens) == (2.0, 28)
    save_results(folder, plan, trials)
    results = json.loads(folder.results.read_text())
    assert len(results["trials"]) == 8 and "output" not in results["trials"][0]


def test_errors_and_skipped_cases_count_apart_and_never_as_success(play: Play, suite_file: Files) -> None:
    def half(case: Case, _seed: int, _model: str) -> dict[str, Any]:
        if case.id == "a":
            raise ModelUnavailable("it is down")
        if case.id == "b":
            raise CaseSkipped("mitdb is not here")
        return {"right": 1.0}

    play(half)
    folder = opened(suite_file(3))
    trials = run(folder)
    assert [bool(one.scores) for one in trials] == [False, False, True]
    assert trials[0].error == "ModelUnavailable: it is down" and trials[1].skipped == "mitdb is not here"
    summary = summarize(folder.plan(), trials)[0]
    assert (summary.scored, summary.errors, summary.skipped, summary.planned) == (1, 1, 1, 3)
    assert summary.suite["right"].n == 1


def test_a_model_that_is_down_is_given_up_and_the_next_one_is_tried(play: Play, suite_file: Files) -> None:
    asked: list[str] = []

    def flaky(_case: Case, _seed: int, model: str) -> dict[str, Any]:
        asked.append(model)
        if model == "down":
            raise ModelUnavailable("no key")
        return {"right": 1.0}

    play(flaky)
    folder = opened(suite_file(8), ("down", "up"))
    trials = run(folder)
    assert asked.count("down") == MOST_ERRORS_IN_A_ROW and asked.count("up") == 8 and len(trials) == 11
    assert "no key" in folder.plan().stopped["down"] and "up" not in folder.plan().stopped


def test_only_what_is_missing_or_failed_is_tried_again(play: Play, suite_file: Files) -> None:
    def down_for_b(case: Case, _seed: int, _model: str) -> dict[str, Any]:
        if case.id == "b":
            raise ModelUnavailable("down")
        return {"right": 0.0}

    play(down_for_b)
    folder = opened(suite_file(3))
    run(folder)
    with folder.trials_file.open("ab") as stream:
        stream.write(b'{"case": "c", "seed": 0, "sco')  # a kill tore this line
    tried: list[str] = []
    play(lambda case, *_: tried.append(case.id) or {"right": 1.0})
    trials = run(folder)
    assert tried == ["b"]
    assert [one.scores["right"] for one in trials] == [0.0, 1.0, 0.0]


def test_an_interrupt_keeps_what_is_finished(play: Play, suite_file: Files) -> None:
    cancel = threading.Event()

    def slow(case: Case, _seed: int, _model: str) -> dict[str, Any]:
        if case.id == "b":
            cancel.set()
            time.sleep(0.3)
        return {"right": 1.0}

    play(slow)
    folder = opened(suite_file(5))
    with pytest.raises(Interrupted):
        run(folder, cancel)
    assert [one.case for one in folder.trials()] == ["a", "b"], "what was under way and ended is kept too"
    assert len(run(folder)) == 5


def test_a_bug_of_ours_is_no_result(play: Play, suite_file: Files) -> None:
    def buggy(case: Case, _seed: int, _model: str) -> dict[str, Any]:
        if case.id == "b":
            raise KeyError("ours")
        return {"right": 1.0}

    play(buggy)
    folder = opened(suite_file(3))
    with pytest.raises(KeyError, match="ours"):
        run(folder)
    assert [one.case for one in folder.trials()] == ["a"]


def test_two_processes_do_not_add_to_one_evaluation(play: Play, suite_file: Files) -> None:
    play(lambda *_: {"right": 1.0})
    folder = opened(suite_file(1))
    with folder.lease(), pytest.raises(InputError, match="already being worked on"):
        run(folder)


def test_a_share_is_no_yes_or_no_of_another_model(play: Play, suite_file: Files, monkeypatch: Any) -> None:
    play(lambda case, _seed, model: {"right": 1.0 if model == "expert" else 0.25, "score": float(case.id == "a")})
    monkeypatch.setattr(sys.modules["evals.scorers.literature"], "FIGURES", (score,), raising=False)
    folder = opened(suite_file(2), ("expert", "openai:m"))
    trials, plan = run(folder), folder.plan()
    summaries = summarize(plan, trials)
    write_page(folder, plan, trials, summaries)
    page = folder.report.read_text()
    assert page.count('<td class="num">yes</td>') == 2 and page.count('<td class="num">0.25</td>') >= 2
    assert '<td class="num">no</td>' not in page
    assert not summaries[0].suite["score"].share and summaries[0].suite["right"].share


def test_the_page_escapes_what_models_and_suites_say(play: Play, suite_file: Files) -> None:
    evil = "<script>alert(1)</script>"

    def hostile(case: Case, _seed: int, _model: str) -> dict[str, Any]:
        if case.id == "b":
            raise ModelUnavailable(evil)
        return {"right": 1.0, "alarms": [f"SUCCESS WITHOUT EVIDENCE: {evil}"], "outcome": evil}

    play(hostile)
    folder = opened(suite_file(2, description=f"'{evil}'"), (f"openai:{evil}",))
    trials = run(folder)
    write_page(folder, folder.plan(), trials, summarize(folder.plan(), trials))
    page = folder.report.read_text()
    assert "<script" not in page and page.count("&lt;script&gt;") >= 4
    assert "Not to be believed" in page and "http://" not in page and "https://" not in page
