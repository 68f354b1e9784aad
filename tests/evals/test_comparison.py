"""What got worse: flips of yes-or-no scores, figures beyond noise, trials that can't be scored any more."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evals.comparison import Change, Comparison, compare
from evals.contracts import Case, Suite, Trial
from evals.folder import EvaluationFolder, Plan
from runtime.errors import InputError

Scores = dict[str, float | None]
Evaluate = Callable[..., tuple[EvaluationFolder, Plan, list[Trial]]]


@pytest.fixture
def evaluated(tmp_path: Path) -> Evaluate:
    """An evaluation whose trials have the given scores, by (case, seed)."""

    def make(scores: dict[tuple[str, int], Scores | str], name: str = "s", model: str = "expert", **more: Any) -> Any:
        cases = [Case(id=case) for case in dict.fromkeys(case for case, _ in scores)]
        suite = Suite(name=name, kind="dataset", cases=cases)
        seeds = sorted({seed for _, seed in scores})
        plan = Plan(suite=suite, models=[model], seeds=seeds, started="2026-11-20T10:00:00+00:00", **more)
        folder = EvaluationFolder.create(tmp_path, plan)
        for (case, seed), value in scores.items():
            said: dict[str, Any] = {"error": value} if isinstance(value, str) else {"scores": value}
            folder.add(Trial(case=case, seed=seed, model=model, **said))
        return folder, plan, folder.trials()

    return make


def only(found: Comparison) -> Change:
    (change,) = found.changes
    return change


def of(name: str, *values: float | None) -> dict[tuple[str, int], Scores]:
    return {(f"case{number}", 0): {name: value} for number, value in enumerate(values)}


CHANGES = {
    "one lost": ("success", (1, 1, 1), (1, 0, 1), "worse"),
    "one won": ("success", (1, 0, 1), (1, 1, 1), "better"),
    "one each": ("success", (1, 0), (0, 1), "unclear"),
    "all the same": ("success", (1, 0), (1, 0), "same"),
    "clearly lower": ("score", (0.9, 0.92, 0.91, 0.93), (0.8, 0.83, 0.81, 0.82), "worse"),
    "lower by noise": ("score", (0.9, 0.92, 0.91, 0.93), (0.91, 0.9, 0.92, 0.92), "unclear"),
    "larger is worse": ("model_kb", (10.5, 20.5, 30.5), (15.5, 25.6, 35.4), "worse"),
    "fewer is better": ("debug_rounds", (2, 2, 3), (1, 1, 2), "better"),
    "one pair says nothing": ("score", (0.9,), (0.5,), "unclear"),
    "figures that are the same": ("score", (0.9, 0.8), (0.9, 0.8), "same"),
}


@pytest.mark.parametrize("which", CHANGES)
def test_verdicts(evaluated: Evaluate, which: str) -> None:
    name, before, after, verdict = CHANGES[which]
    old, _, _ = evaluated(of(name, *before))
    _, plan, trials = evaluated(of(name, *after))
    found = compare(old, plan, trials)
    assert only(found).verdict == verdict
    assert bool(found.regressions) == (verdict == "worse")


def test_flips_are_named(evaluated: Evaluate) -> None:
    old, _, _ = evaluated(of("success", 1, 1))
    _, plan, trials = evaluated(of("success", 1, 0))
    found = compare(old, plan, trials)
    assert only(found).note == "lost: case1 (seed 0)"
    assert found.regressions == ["success of expert fell from 1 to 0.5"]


def test_the_machines_load_is_no_regression(evaluated: Evaluate) -> None:
    old, _, _ = evaluated(of("seconds", 1.0, 2.0, 3.0))
    _, plan, trials = evaluated(of("seconds", 11.0, 12.0, 13.1))
    found = compare(old, plan, trials)
    assert only(found).verdict == "worse" and not found.regressions


def test_what_can_not_be_scored_any_more_is_a_regression(evaluated: Evaluate) -> None:
    old, _, _ = evaluated(of("success", 1, 1))
    _, plan, trials = evaluated({("case0", 0): {"success": 1.0}, ("case1", 0): "ModelUnavailable: down"})
    assert compare(old, plan, trials).regressions == [
        "case1 (seed 0) of expert had scores and has none now: ModelUnavailable: down"
    ]
    stopped = plan.model_copy(update={"stopped": {"expert": "it was given up"}})
    assert "it was given up" in compare(old, stopped, trials[:1]).regressions[0]


def test_only_cases_and_seeds_of_both_are_paired(evaluated: Evaluate) -> None:
    old, _, _ = evaluated({("a", 0): {"success": 1.0}, ("a", 1): {"success": 1.0}, ("b", 0): {"success": 1.0}})
    _, plan, trials = evaluated({("a", 0): {"success": 1.0}, ("c", 0): {"success": 0.0}})
    found = compare(old, plan, trials)
    assert only(found).verdict == "same" and not found.regressions
    assert found.notices == ["Without a counterpart then: c."]


def test_other_suites_and_models_are_said(evaluated: Evaluate) -> None:
    old, _, _ = evaluated(of("success", 1), "then", "expert", replay="/r")
    _, plan, trials = evaluated(of("success", 1), "now", "openai:m")
    notices = " ".join(compare(old, plan, trials).notices)
    assert "suite then" in notices and "is of expert, this one of openai:m" in notices and "replayed then" in notices


def test_nothing_in_common_is_refused(evaluated: Evaluate) -> None:
    old, _, _ = evaluated({("a", 0): {"success": 1.0}})
    _, plan, trials = evaluated({("b", 0): {"success": 1.0}})
    with pytest.raises(InputError, match="no scored trial in common"):
        compare(old, plan, trials)
