"""Studies: what is recorded, what is repaired, how they end, and what a kill leaves."""

import json
import math
import multiprocessing
import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from runtime.errors import InputError, SandboxFailure
from tools.tuning.protocol import TUNERS, Suggestion, TunerError
from tools.tuning.pruner import MedianPruner
from tools.tuning.space import validate_space
from tools.tuning.study import FAILURES_IN_A_ROW, STARTS, run_study
from tools.tuning.trial import TrialOutcome

SPACE = validate_space(
    {
        "lr": {"type": "Real", "default": 0.01, "low": 1e-5, "high": 1.0, "prior": "log-uniform"},
        "width": {"type": "Integer", "default": 32, "low": 8, "high": 512},
        "heads": {"type": "Integer", "default": 2, "low": 1, "high": 4},
        "bits": {"type": "Categorical", "default": 8, "categories": [8]},
    }
)


class Scripted:
    """A tuner that suggests a list and remembers all it is told; it fails when the list is used up."""

    name = "scripted"
    points: list = []  # noqa: RUF012
    said: list = []  # noqa: RUF012

    def __init__(self, spec):
        self.free = spec.space
        self.open = {}
        self.left = list(self.points)
        self.said.clear()
        self.count = 0

    def ask(self):
        if not self.left:
            raise TunerError("the script is used up")
        values = self.left.pop(0)
        self.open[self.count] = values
        self.count += 1
        return Suggestion(self.count - 1, values)

    def tell(self, index, objective, size_kb):
        assert math.isfinite(objective)
        self.said.append(("tell", self.open.pop(index), objective, size_kb))

    def abandon(self, index, reason):
        self.said.append(("abandon", self.open.pop(index), reason))

    def attach(self, hyperparameters, objective, size_kb):
        self.said.append(("attach", hyperparameters, objective, size_kb))

    def close(self):
        self.closed = True


def point(lr, width=64, heads=2):
    return {"lr": lr, "width": width, "heads": heads}


@pytest.fixture
def scripted(monkeypatch):
    """Register the scripted tuner; returns a function that sets its points."""
    Path(__file__)
    sys.modules["scripted_tuner"] = sys.modules[__name__]
    monkeypatch.setitem(TUNERS, "scripted", "scripted_tuner:Scripted")
    monkeypatch.setattr(Scripted, "points", [])

    def set_points(*points):
        monkeypatch.setattr(Scripted, "points", list(points))

    return set_points


def completed(values, score=None, **more):
    size = values["width"] / 4
    return TrialOutcome(state="completed", score=values["lr"] if score is None else score, model_kb=size, **more)


def study(tmp_path, evaluate, trials, **options):
    options = {"tuner": "random", "seed": 4} | options
    constraints = options.pop("constraints", [])
    return run_study(SPACE, constraints, evaluate, trials=trials, state_file=tmp_path / "s" / "study.json", **options)


def test_the_defaults_are_first_and_every_trial_is_recorded_before_it_runs_and_after(tmp_path):
    seen = []

    def evaluate(index, values):
        state = json.loads((tmp_path / "s" / "study.json").read_text())
        assert state["pending"][str(index)]["hyperparameters"] == values
        assert [trial["index"] for trial in state["trials"]] == list(range(index))
        seen.append(values)
        return completed(values)

    record = study(tmp_path, evaluate, 5, size_limit_kb=256)
    assert seen[0] == {"lr": 0.01, "width": 32, "heads": 2, "bits": 8}
    assert [trial.hyperparameters for trial in record.trials] == seen
    assert [trial.state for trial in record.trials] == ["completed"] * 5
    assert record.best_index == max(range(5), key=lambda i: record.trials[i].objective)
    assert json.loads((tmp_path / "s" / "study.json").read_text())["pending"] == {}


def test_the_values_that_run_meet_the_constraints_and_the_tuner_learns_those(tmp_path, scripted):
    scripted(point(0.1, width=65, heads=4), *(point(lr, width=64, heads=4) for lr in (0.2, 0.3)))
    record = study(tmp_path, lambda _, v: completed(v), 4, tuner="scripted", constraints=["width % heads == 0"])
    ran = record.trials[1].hyperparameters
    assert ran["width"] % ran["heads"] == 0
    assert "width % heads == 0" in record.trials[1].reason
    free = {name: ran[name] for name in ("lr", "width", "heads")}
    assert ("abandon", point(0.1, width=65, heads=4), "other values ran") in Scripted.said
    assert any(said[0] == "attach" and said[1] == free and said[2] is not None for said in Scripted.said)


def test_a_fixed_value_is_held_against_suggestion_and_projection(tmp_path):
    ran = []
    study(
        tmp_path,
        lambda _, v: ran.append(v) or completed(v),
        6,
        fixed={"heads": 3},
        constraints=["width % heads == 0"],
    )
    assert {values["heads"] for values in ran} == {3}
    assert all(values["width"] % 3 == 0 for values in ran)


def test_what_really_ran_is_recorded_and_learnt(tmp_path, scripted):
    scripted(point(0.1))
    used = {"lr": 0.1, "width": 60, "heads": 2, "bits": 8}
    record = study(tmp_path, lambda i, v: completed(v, hyperparameters_used=used if i else None), 2, tuner="scripted")
    assert record.trials[1].hyperparameters == used
    assert record.trials[0].hyperparameters["width"] == 32


def test_a_known_point_is_not_run_again(tmp_path, scripted):
    scripted(point(0.01, width=32), point(0.3), point(0.3), point(0.5))
    ran = []
    record = study(tmp_path, lambda _, v: ran.append(v["lr"]) or completed(v), 3, tuner="scripted")
    assert ran == [0.01, 0.3, 0.5]
    assert "2 suggestions were already measured" in record.note


def test_a_small_space_ends_when_it_is_used_up(tmp_path):
    space = validate_space({"b": {"type": "Categorical", "default": 8, "categories": [8, 16, 32]}})
    record = run_study(
        space,
        [],
        lambda _, v: TrialOutcome(state="completed", score=v["b"]),
        trials=20,
        state_file=tmp_path / "study.json",
        tuner="random",
    )
    assert sorted(trial.hyperparameters["b"] for trial in record.trials) == [8, 16, 32]
    assert record.best_index == max(range(3), key=lambda i: record.trials[i].score)
    assert "was measured" in record.note


@pytest.mark.parametrize("score", [float("nan"), float("inf"), None])
def test_a_score_that_is_not_finite_is_a_failure(tmp_path, score):
    record = study(tmp_path, lambda i, v: completed(v, score if i == 1 else 0.5) if score or i != 1 else
                   TrialOutcome(state="completed", score=None), 3)  # fmt: skip
    assert [trial.state for trial in record.trials] == ["completed", "abandoned", "completed"]
    assert record.trials[1].score is None
    assert "not a finite number" in record.trials[1].reason


def test_a_failure_gets_one_repair_which_is_a_trial_of_its_own(tmp_path, scripted):
    scripted(point(0.1), point(0.2))
    asked = []

    def evaluate(_, values):
        return TrialOutcome(state="failed", reason="boom") if values["lr"] in (0.1, 0.05) else completed(values)

    def repair(values, outcome):
        asked.append((values["lr"], outcome.reason))
        return {**values, "lr": values["lr"] / 2}

    record = study(tmp_path, evaluate, 4, tuner="scripted", repair=repair)
    assert asked == [(0.1, "boom")]
    states = {trial.hyperparameters["lr"]: (trial.state, trial.repaired_from) for trial in record.trials}
    assert states[0.1] == ("failed", None)
    assert states[0.05] == ("abandoned", 1)
    assert states[0.2] == ("completed", None)


@pytest.mark.parametrize("answer", [None, {"lr": 0.01, "width": 32, "heads": 2, "bits": 8}])
def test_a_failure_without_a_new_repair_is_abandoned_and_never_suggested_again(tmp_path, scripted, answer):
    scripted(point(0.1), point(0.1), point(0.2))
    ran = []

    def evaluate(_, values):
        ran.append(values["lr"])
        return TrialOutcome(state="failed", reason="boom") if values["lr"] == 0.1 else completed(values)

    record = study(tmp_path, evaluate, 3, tuner="scripted", repair=lambda _v, _o: answer)
    assert ran == [0.01, 0.1, 0.2]
    assert record.trials[1].state == "abandoned"


def test_failures_in_a_row_end_the_study(tmp_path):
    record = study(tmp_path, lambda _i, _v: TrialOutcome(state="failed", reason="no"), 20)
    assert len(record.trials) == FAILURES_IN_A_ROW
    assert record.best_index is None
    assert "all failed" in record.note
    assert "No trial can be chosen" in record.note


def test_only_models_under_the_limit_can_be_best(tmp_path, scripted):
    scripted(point(0.9, width=400), point(0.5, width=40), point(0.4, width=20))
    record = study(tmp_path, lambda _, v: completed(v), 4, tuner="scripted", size_limit_kb=20.0)
    best = record.trials[record.best_index]
    assert best.hyperparameters["lr"] == 0.5
    over = next(trial for trial in record.trials if trial.hyperparameters["width"] == 400)
    assert over.score == 0.9
    assert over.objective < 0


def test_of_equal_scores_the_smaller_model_wins(tmp_path, scripted):
    scripted(point(0.1, width=400), point(0.2, width=40))
    record = study(tmp_path, lambda i, v: completed(v, 0.1 if i == 0 else 0.8), 3, tuner="scripted", size_limit_kb=256)
    assert record.trials[record.best_index].hyperparameters["width"] == 40


def test_a_broken_tuner_is_replaced_by_random_points_and_named(tmp_path, scripted):
    scripted(point(0.3))
    record = study(tmp_path, lambda _, v: completed(v), 5, tuner="scripted")
    assert len(record.trials) == 5
    assert "the script is used up" in record.note
    assert "at random" in record.note


def test_the_deadline_ends_the_study_between_trials(tmp_path):
    def evaluate(_, values):
        time.sleep(0.15)
        return completed(values)

    record = study(tmp_path, evaluate, 50, deadline=time.monotonic() + 0.5)
    assert 1 <= len(record.trials) < 10
    assert "The time was up" in record.note


def test_a_cancelled_trial_runs_again_on_resume_without_counting_as_a_crash(tmp_path):
    cancel = threading.Event()

    def cancelling(index, values):
        if index == 2:
            cancel.set()
            return TrialOutcome(state="cancelled")
        return completed(values)

    first = study(tmp_path, cancelling, 5, cancel=cancel)
    assert len(first.trials) == 2
    assert "Cancelled after 2 of 5" in first.note
    ran = []
    second = study(tmp_path, lambda i, v: ran.append(i) or completed(v), 5)
    assert ran == [2, 3, 4]
    assert second.trials[:2] == first.trials
    assert "cut off" not in second.note


def test_an_infrastructure_fault_comes_through_and_keeps_what_is_done(tmp_path):
    def evaluate(index, values):
        if index == 2:
            raise SandboxFailure("the box broke")
        return completed(values)

    with pytest.raises(SandboxFailure):
        study(tmp_path, evaluate, 4)
    record = study(tmp_path, lambda _, v: completed(v), 4)
    assert [trial.index for trial in record.trials] == [0, 1, 2, 3]
    assert "Trial 2 was cut off" in record.note


def test_a_trial_that_was_running_at_every_kill_is_abandoned_in_the_end(tmp_path):
    def evaluate(index, values):
        if index == 1:
            raise SandboxFailure("the box broke")
        return completed(values)

    for _ in range(STARTS):
        with pytest.raises(SandboxFailure):
            study(tmp_path, evaluate, 3)
    record = study(tmp_path, evaluate, 3)
    assert [trial.state for trial in record.trials] == ["completed", "abandoned", "completed"]
    assert f"{STARTS} times" in record.trials[1].reason


def test_side_by_side_trials_overlap_and_all_are_recorded(tmp_path):
    running, most, lock = 0, 0, threading.Lock()

    def evaluate(_, values):
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.1)
        with lock:
            running -= 1
        return completed(values)

    record = study(tmp_path, evaluate, 9, workers=3)
    assert most == 3
    assert [trial.index for trial in record.trials] == list(range(9))


def test_the_next_suggestion_is_computed_while_a_trial_runs(tmp_path, scripted, monkeypatch):
    scripted(*(point(0.1 * i) for i in range(1, 6)))
    plain = Scripted.ask
    monkeypatch.setattr(Scripted, "ask", lambda self: (time.sleep(0.3), plain(self))[1])

    def evaluate(_, values):
        time.sleep(0.3)
        return completed(values)

    begun = time.monotonic()
    study(tmp_path, evaluate, 6, tuner="scripted")
    assert time.monotonic() - begun < 6 * 0.6 - 0.5


def test_a_hopeless_trial_is_stopped_early_and_is_not_the_best(tmp_path):
    pruner = MedianPruner()

    def evaluate(index, values):
        level = 0.1 if index == 4 else 0.5 + index / 100
        for epoch in range(1, 6):
            if pruner.should_stop(index, epoch, level + epoch / 100):
                return TrialOutcome(state="stopped_early", reason=f"after epoch {epoch}")
        return completed(values, level)

    record = study(tmp_path, evaluate, 6, pruner=pruner)
    assert [trial.state for trial in record.trials] == [*["completed"] * 4, "stopped_early", "completed"]
    assert record.trials[4].objective is None
    assert record.best_index == 5


def test_the_pruner_waits_for_three_finished_trials_and_remembers_them_on_resume():
    pruner = MedianPruner()
    for index in range(3):
        assert not pruner.should_stop(index, 1, 0.5)
        assert not pruner.should_stop(index, 2, 0.6)
        assert pruner.finish(index, completed=True) == [(1, 0.5), (2, 0.6)]
    assert not pruner.should_stop(7, 1, 0.1)
    assert pruner.should_stop(7, 2, 0.54)
    assert not pruner.should_stop(8, 2, 0.56)
    assert pruner.should_stop(9, 1, float("nan"))
    other = MedianPruner()
    other.restore({index: [(1, 0.5), (2, 0.6)] for index in range(3)})
    assert other.should_stop(7, 2, 0.54)


def test_importance_finds_the_parameter_that_matters_and_says_what_it_is(tmp_path):
    record = study(tmp_path, lambda _, v: completed(v, -abs(math.log10(v["lr"]) + 2)), 24)
    assert max(record.importance, key=record.importance.get) == "lr"
    assert sum(record.importance.values()) == pytest.approx(1.0, abs=0.01)
    assert "random forest over 24 completed trials" in record.note
    few = run_study(SPACE, [], lambda _, v: completed(v), trials=3, state_file=tmp_path / "few.json", tuner="random")
    assert few.importance == {}
    assert "Importance needs 8" in few.note


@pytest.mark.parametrize("text", ["", "not json", "[]", '{"version": 1}'])
def test_a_broken_state_file_is_an_input_error(tmp_path, text):
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "study.json").write_text(text)
    with pytest.raises(InputError, match="not the state of a tuning study"):
        study(tmp_path, lambda _, v: completed(v), 2)


def test_a_study_of_another_limit_is_not_continued_but_more_trials_are(tmp_path):
    study(tmp_path, lambda _, v: completed(v), 2, size_limit_kb=100)
    with pytest.raises(InputError, match="another search space"):
        study(tmp_path, lambda _, v: completed(v), 2, size_limit_kb=50)
    assert len(study(tmp_path, lambda _, v: completed(v), 4, size_limit_kb=100).trials) == 4


def test_events_tell_start_and_end_of_each_trial(tmp_path):
    events = []
    study(tmp_path, lambda _, v: completed(v), 2, emit=events.append)
    trials = [event for event in events if event["kind"] == "trial"]
    assert [(event["index"], event["of"], event["state"]) for event in trials] == [
        (1, 2, "start"),
        (1, 2, "completed"),
        (2, 2, "start"),
        (2, 2, "completed"),
    ]
    json.dumps(events)


def run_until_killed(folder, victim, moment):
    """A study that kills its own process before, during or after a trial."""

    def evaluate(index, values):
        if index == victim and moment == "during":
            os.kill(os.getpid(), signal.SIGKILL)
        return completed(values, seconds=0.01)

    def emit(event):
        fatal = {"before": "start", "after": "completed"}.get(moment)
        if event["kind"] == "trial" and event["index"] == victim + 1 and event["state"] == fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    run_study(SPACE, [], evaluate, trials=5, state_file=folder / "study.json", tuner="random", seed=2, emit=emit)


@pytest.mark.parametrize(
    ("victim", "moment"), [(victim, moment) for victim in (0, 2, 4) for moment in ("before", "during", "after")]
)
def test_a_kill_at_any_moment_loses_no_finished_trial_and_runs_none_twice(tmp_path, victim, moment):
    process = multiprocessing.get_context("fork").Process(target=run_until_killed, args=(tmp_path, victim, moment))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    finished = json.loads((tmp_path / "study.json").read_text())["trials"]
    assert [trial["index"] for trial in finished] == list(range(victim + (moment == "after")))
    again = []
    record = run_study(
        SPACE,
        [],
        lambda index, values: again.append(index) or completed(values),
        trials=5,
        state_file=tmp_path / "study.json",
        tuner="random",
        seed=2,
    )
    assert again == list(range(len(finished), 5))
    assert [trial.index for trial in record.trials] == list(range(5))
    assert [trial.model_dump(mode="json") for trial in record.trials[: len(finished)]] == finished
    assert len({trial.hyperparameters["lr"] for trial in record.trials}) == 5
    cut_off = moment != "after"
    assert (f"Trial {victim} was cut off" in record.note) == cut_off
