"""The book of a study: every change is on disk before anything builds on it."""

import math
import statistics
from pathlib import Path
from typing import Any

from runtime.events import Emit
from runtime.search_space import Hyperparameters
from tools.results.record import TrialRecord
from tools.tuning.objective import size_penalty
from tools.tuning.state import Pending, StudyState
from tools.tuning.summary import best_trial
from tools.tuning.trial import TrialOutcome


class Ledger:
    """Writes a study's state and tells its events. `room` is how many trials may still be lined up."""

    def __init__(self, state: StudyState, file: Path, trials: int, size_limit_kb: float | None, emit: Emit) -> None:
        self.state = state
        self._file = file
        self.total = trials
        self._limit_kb = size_limit_kb
        self._emit = emit

    @property
    def room(self) -> int:
        return self.total - len(self.state.trials) - len(self.state.pending)

    def line_up(self, pending: Pending) -> int:
        """Give a point its index; it is on disk from the next change on."""
        index = self.state.next_index
        self.state.pending[index] = pending
        return index

    def start(self, index: int) -> Hyperparameters:
        """Note that a trial runs from now on; returns its values."""
        pending = self.state.pending[index]
        pending.starts += 1
        self._save()
        self._tell(index, {"state": "start", "hyperparameters": pending.hyperparameters})
        return pending.hyperparameters

    def take_back(self, index: int) -> None:
        """A trial was cancelled: it counts as not started."""
        self.state.pending[index].starts -= 1
        self._save()

    def finish(
        self, index: int, outcome: TrialOutcome, curve: list[tuple[int, float]], may_repair: bool
    ) -> tuple[TrialRecord, bool]:
        """Record how a trial ended; says also whether it failed in a way that a repair is to be sought for."""
        pending = self.state.pending.pop(index)
        trial = _record(index, pending, outcome, self._limit_kb)
        repairable = trial.state == "failed" and may_repair and pending.repaired_from is None
        if repairable:
            self.state.repairing.append(index)
        elif trial.state == "failed":
            trial.state = "abandoned"
        if trial.state == "completed" and curve:
            self.state.curves[index] = curve
        self._keep(trial)
        return trial, repairable

    def give_up(self, index: int, reason: str) -> TrialRecord:
        """Abandon a lined-up trial that keeps ending the process."""
        values = self.state.pending.pop(index).hyperparameters
        trial = TrialRecord(index=index, hyperparameters=values, state="abandoned", reason=reason)
        self._keep(trial)
        return trial

    def end_repair(self, index: int, values: Hyperparameters | None) -> int | None:
        """Line up the values that replace a failed trial, or abandon it for good; returns the new trial's index."""
        self.state.repairing.remove(index)
        repaired = None
        if values is None:
            self.trial(index).state = "abandoned"
        else:
            repaired = self.line_up(Pending(hyperparameters=values, repaired_from=index))
        self._save()
        return repaired

    def trial(self, index: int) -> TrialRecord:
        """The finished trial of an index."""
        return next(trial for trial in self.state.trials if trial.index == index)

    def lesson(self, trial: TrialRecord) -> float | None:
        """What a tuner learns of a trial: the objective, None for a failure, a low guess for one stopped early.

        The median rule stops what is below the median, so the first quartile of the completed ones is its likely value.
        """
        if trial.state != "stopped_early":
            return trial.objective
        done = [one.objective for one in self.state.trials if one.state == "completed" and one.objective is not None]
        return statistics.quantiles(done, n=4)[0] if len(done) > 1 else None

    def _keep(self, trial: TrialRecord) -> None:
        self.state.trials.append(trial)
        self._save()
        best = best_trial(self.state.trials, self._limit_kb)
        self._tell(trial.index, {**trial.model_dump(mode="json"), "best": best.objective if best else None})

    def _tell(self, index: int, facts: dict[str, Any]) -> None:
        """Events count trials from 1."""
        self._emit({"kind": "trial", **facts, "index": index + 1, "of": self.total})

    def _save(self) -> None:
        self.state.save(self._file)


def _record(index: int, pending: Pending, outcome: TrialOutcome, limit_kb: float | None) -> TrialRecord:
    """The trial as data; a score that is not finite makes it a failure."""
    score = outcome.score if outcome.score is not None and math.isfinite(outcome.score) else None
    state, reason = str(outcome.state), outcome.reason
    if outcome.state == "completed" and score is None:
        state, reason = "failed", f"the score is {outcome.score}, not a finite number"
    if state != "completed":
        score = None
    return TrialRecord(
        index=index,
        hyperparameters=outcome.hyperparameters_used or pending.hyperparameters,
        state=state,
        score=score,
        objective=None if score is None else score - size_penalty(outcome.model_kb, limit_kb),
        model_kb=outcome.model_kb,
        seconds=outcome.seconds,
        reason="; ".join(part for part in (pending.note, reason) if part),
        repaired_from=pending.repaired_from,
        device=outcome.device,
        sandbox=outcome.sandbox,
        node=outcome.node,
    )
