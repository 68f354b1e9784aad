"""A tuning study: ask, run, record, learn; resumable after a kill at any moment."""

import math
import statistics
import threading
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

from runtime.events import Emit, ignore_events
from runtime.search_space import CategoricalParameter, Hyperparameters, SearchSpace, defaults
from tools.execution.hyperparameters import repair as repair_values
from tools.results.record import TrialRecord, TuningRecord
from tools.tuning.advisor import Advisor, Proposal
from tools.tuning.objective import size_penalty
from tools.tuning.protocol import TunerSpec, open_tuner
from tools.tuning.pruner import MedianPruner
from tools.tuning.space import split_fixed
from tools.tuning.state import Pending, StudyState, load_state, problem_key
from tools.tuning.summary import best_trial, summarize
from tools.tuning.trial import Evaluate, Repair, TrialOutcome

FAILURES_IN_A_ROW = 5
"""A study in which nothing works any more ends."""
STARTS = 2
"""A trial that was running at two kills is not run a third time."""
POLL_S = 0.2
CANCEL_GRACE_S = 30.0
"""How long a cancelled study waits for trials, which see the same event, to end."""


def run_study(
    space: SearchSpace,
    constraints: list[str],
    evaluate: Evaluate,
    *,
    trials: int,
    state_file: Path,
    tuner: str = "ax",
    seed: int = 0,
    size_limit_kb: float | None = None,
    fixed: Hyperparameters | None = None,
    repair: Repair | None = None,
    pruner: MedianPruner | None = None,
    workers: int = 1,
    emit: Emit = ignore_events,
    cancel: threading.Event | None = None,
    deadline: float | None = None,
) -> TuningRecord:
    """Measure up to `trials` points, the defaults first, and say which was the best.

    Goes on from `state_file` when it is there. Ends early at `cancel`, at `deadline` (of `time.monotonic()`; running
    trials are waited for), after five failures in a row, or when the space is used up; the record's note says so.
    `pruner` is the one that `evaluate` consults. Exceptions of `evaluate` (infrastructure) come through, with the state
    kept. Raises `InputError` for a fixed value outside the space, an unknown tuner, or a foreign state file.
    """
    free, held = split_fixed(space, fixed)
    state = load_state(state_file, problem_key(space, constraints, held, size_limit_kb))
    pinned = {
        **space,
        **{name: CategoricalParameter(default=value, categories=[value]) for name, value in held.items()},
    }
    spec = TunerSpec(free, constraints, seed, size_limit_kb, skip=len(state.trials))
    with open_tuner(tuner, spec) as opened:
        advisor = Advisor(opened, free, held, lambda values: repair_values(values, pinned, constraints), seed)
        study = _Study(state, state_file, advisor, evaluate, repair, pruner, workers, trials, size_limit_kb, emit)
        try:
            ending = study.run({**defaults(space), **held}, cancel or threading.Event(), deadline)
        finally:
            advisor.close()
            study.close()
    return summarize(state, free, tuner, seed, size_limit_kb, [*study.notes, *ending, *advisor.notes()])


class _Study:
    """One run of a study; the state on disk is always ahead of what is started and never behind what has ended."""

    def __init__(
        self,
        state: StudyState,
        state_file: Path,
        advisor: Advisor,
        evaluate: Evaluate,
        repair: Repair | None,
        pruner: MedianPruner | None,
        workers: int,
        trials: int,
        size_limit_kb: float | None,
        emit: Emit,
    ) -> None:
        self._state = state
        self._file = state_file
        self._advisor = advisor
        self._evaluate = evaluate
        self._repair = repair
        self._pruner = pruner or MedianPruner()
        self._workers = max(1, workers)
        self._trials = trials
        self._limit_kb = size_limit_kb
        self._emit = emit
        self._pool = ThreadPoolExecutor(self._workers + 1, thread_name_prefix="trial")
        self._queue: list[int] = []
        self._proposals: dict[int, Proposal] = {}
        self._running: dict[Future[TrialOutcome], int] = {}
        self._repairs: dict[Future[Hyperparameters | None], int] = {}
        self._asked: Future[Proposal | None] | None = None
        self._exhausted = False
        self.notes: list[str] = []

    def run(self, first: Hyperparameters, cancel: threading.Event, deadline: float | None) -> list[str]:
        """To the end; returns why it ended early, in sentences."""
        self._resume()
        if not self._state.trials and not self._state.pending and self._trials > 0:
            values, changes = self._advisor.project(first)
            self._enqueue(Pending(hyperparameters=values, note="; ".join(changes)))
        while not (ending := self._ending(cancel, deadline)):
            self._start_ready()
            if not self._busy():
                return ["Every point of the search space that can be reached was measured."] if self._exhausted else []
            self._take_done(POLL_S)
        grace = time.monotonic() + (CANCEL_GRACE_S if cancel.is_set() else math.inf)
        while self._running and time.monotonic() < grace:
            self._take_done(POLL_S)
        return [ending]

    def close(self) -> None:
        """Let go of the worker threads; trials that still run are bounded by `evaluate` itself."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _resume(self) -> None:
        """Tell the tuner what is known, and line up what a killed process left unfinished."""
        state = self._state
        self._pruner.restore(state.curves)
        for trial in state.trials:
            self._advisor.learn(None, trial.hyperparameters, self._told(trial), trial.model_kb)
        for index, pending in sorted(state.pending.items()):
            self._advisor.known(pending.hyperparameters)
            if pending.starts >= STARTS:
                self._give_up(index, pending)
                continue
            if pending.starts:
                pending.note = "run again: the process ended while it ran"
                self.notes.append(f"Trial {index} was cut off by the end of an earlier process and ran again.")
            self._queue.append(index)
        if state.trials:
            self._emit({"kind": "note", "text": f"tuning goes on after {len(state.trials)} recorded trials"})
        for index in state.repairing:
            trial = next(trial for trial in state.trials if trial.index == index)
            self._think_of_repair(trial)

    def _ending(self, cancel: threading.Event, deadline: float | None) -> str:
        """Why to start nothing more, or an empty string."""
        done = f"after {len(self._state.trials)} of {self._trials} trials"
        if cancel.is_set():
            return f"Cancelled {done}."
        if deadline is not None and time.monotonic() >= deadline:
            return f"The time was up {done}."
        last = self._state.trials[-FAILURES_IN_A_ROW:]
        if len(last) == FAILURES_IN_A_ROW and all(trial.state in {"failed", "abandoned"} for trial in last):
            return f"Ended {done}: the last {FAILURES_IN_A_ROW} all failed."
        return ""

    def _busy(self) -> bool:
        return bool(self._running or self._repairs or self._asked)

    def _start_ready(self) -> None:
        """Start what is lined up on free workers, and keep one suggestion on its way."""
        while self._queue and len(self._running) < self._workers:
            self._start(self._queue.pop(0))
        open_slots = self._trials - len(self._state.trials) - len(self._state.pending)
        wanted = open_slots - len(self._repairs) > 0 and len(self._queue) == 0
        if wanted and self._asked is None and not self._exhausted:
            self._asked = self._advisor.ask()

    def _start(self, index: int) -> None:
        pending = self._state.pending[index]
        pending.starts += 1
        self._state.save(self._file)
        self._pruner.start(index)
        self._emit_trial(index, {"state": "start", "hyperparameters": pending.hyperparameters})
        self._running[self._pool.submit(self._evaluate, index, pending.hyperparameters)] = index

    def _take_done(self, timeout_s: float) -> None:
        """Wait for anything to end, and take it in."""
        idle = len(self._running) + len(self._queue) < self._workers
        waited: set[Future[Any]] = {*self._running, *self._repairs}
        if self._asked and idle:
            waited.add(self._asked)
        done, _ = wait(waited, timeout=timeout_s, return_when=FIRST_COMPLETED)
        for trial in [future for future in self._running if future in done]:
            self._finish(self._running.pop(trial), trial.result())
        for thought in [future for future in self._repairs if future in done]:
            self._take_repair(self._repairs.pop(thought), thought.result())
        if self._asked and self._asked in done:
            self._take_proposal(self._asked)

    def _take_proposal(self, asked: "Future[Proposal | None]") -> None:
        self._asked = None
        proposal = asked.result()
        if proposal is None:
            self._exhausted = True
            return
        index = self._enqueue(Pending(hyperparameters=proposal.hyperparameters, note="; ".join(proposal.changes)))
        self._proposals[index] = proposal

    def _enqueue(self, pending: Pending) -> int:
        index = self._state.next_index
        self._advisor.known(pending.hyperparameters)
        self._state.pending[index] = pending
        self._queue.append(index)
        return index

    def _finish(self, index: int, outcome: TrialOutcome) -> None:
        """Record the end of a trial on disk, then learn from it."""
        pending = self._state.pending[index]
        if outcome.state == "cancelled":
            pending.starts -= 1
            self._state.save(self._file)
            return
        trial = _record(index, pending, outcome, self._limit_kb)
        curve = self._pruner.finish(index, trial.state == "completed")
        if trial.state == "completed" and curve:
            self._state.curves[index] = curve
        repairable = trial.state == "failed" and self._repair is not None and pending.repaired_from is None
        if trial.state == "failed" and not repairable:
            trial.state = "abandoned"
        self._keep(trial)
        self._advisor.learn(self._proposals.pop(index, None), trial.hyperparameters, self._told(trial), trial.model_kb)
        if repairable:
            self._think_of_repair(trial, outcome)

    def _keep(self, trial: TrialRecord) -> None:
        del self._state.pending[trial.index]
        self._state.trials.append(trial)
        if trial.state == "failed":
            self._state.repairing.append(trial.index)
        self._state.save(self._file)
        best = best_trial(self._state.trials, self._limit_kb)
        self._emit_trial(trial.index, {**trial.model_dump(mode="json"), "best": best.objective if best else None})

    def _emit_trial(self, index: int, facts: dict[str, Any]) -> None:
        """Events count trials from 1."""
        self._emit({"kind": "trial", **facts, "index": index + 1, "of": self._trials})

    def _give_up(self, index: int, pending: Pending) -> None:
        reason = f"the process ended {pending.starts} times while this trial ran"
        self._keep(TrialRecord(index=index, hyperparameters=pending.hyperparameters, state="abandoned", reason=reason))
        self._advisor.learn(None, pending.hyperparameters, None, None)
        self.notes.append(f"Trial {index} was abandoned: {reason}.")

    def _think_of_repair(self, trial: TrialRecord, outcome: TrialOutcome | None = None) -> None:
        if self._repair is None:
            self._take_repair(trial.index, None)
            return
        failure = outcome or TrialOutcome(state="failed", reason=trial.reason, seconds=trial.seconds)
        self._repairs[self._pool.submit(self._repair, trial.hyperparameters, failure)] = trial.index

    def _take_repair(self, index: int, values: Hyperparameters | None) -> None:
        """Line up the debugger's values as a trial of their own, unless they are none or not new."""
        self._state.repairing.remove(index)
        trial = next(trial for trial in self._state.trials if trial.index == index)
        feasible = self._advisor.project(values)[0] if values is not None else None
        room = len(self._state.trials) + len(self._state.pending) < self._trials
        if feasible is None or self._advisor.is_known(feasible) or not room:
            trial.state = "abandoned"
        else:
            self._enqueue(Pending(hyperparameters=feasible, repaired_from=index))
        self._state.save(self._file)

    def _told(self, trial: TrialRecord) -> float | None:
        """What the tuner learns: the objective, None for a failure, and for a trial stopped early a low guess.

        The median rule stops what is below the median, so the first quartile of the completed ones is its likely value.
        """
        if trial.state != "stopped_early":
            return trial.objective
        done = [one.objective for one in self._state.trials if one.state == "completed" and one.objective is not None]
        return statistics.quantiles(done, n=4)[0] if len(done) > 1 else None


def _record(index: int, pending: Pending, outcome: TrialOutcome, limit_kb: float | None) -> TrialRecord:
    """The trial as data; a score that is not finite makes it a failure."""
    score = outcome.score if outcome.score is not None and math.isfinite(outcome.score) else None
    state, reason = str(outcome.state), outcome.reason
    if outcome.state == "completed" and score is None:
        state, reason = "failed", f"the score is {outcome.score}, not a finite number"
    completed = state == "completed" and score is not None
    return TrialRecord(
        index=index,
        hyperparameters=outcome.hyperparameters_used or pending.hyperparameters,
        state=state,
        score=score if completed else None,
        objective=score - size_penalty(outcome.model_kb, limit_kb) if completed and score is not None else None,
        model_kb=outcome.model_kb,
        seconds=outcome.seconds,
        reason="; ".join(part for part in (pending.note, reason) if part),
        repaired_from=pending.repaired_from,
    )
