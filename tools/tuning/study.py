"""A tuning study: ask, run, record, learn; resumable after a kill at any moment."""

import math
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
from tools.tuning.ledger import Ledger
from tools.tuning.protocol import TunerSpec, open_tuner
from tools.tuning.pruner import MedianPruner
from tools.tuning.space import split_fixed
from tools.tuning.state import Pending, load_state, problem_key
from tools.tuning.summary import summarize
from tools.tuning.trial import Evaluate, Repair, TrialOutcome

FAILURES_IN_A_ROW = 5
"""A study in which nothing works any more ends."""
STARTS = 5
"""A trial that was running at five kills may be what kills: it is given up."""
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
    if state.trials:
        emit({"kind": "note", "text": f"tuning goes on after {len(state.trials)} recorded trials"})
    pinned = {
        **space,
        **{name: CategoricalParameter(default=value, categories=[value]) for name, value in held.items()},
    }
    spec = TunerSpec(free, constraints, seed, size_limit_kb, skip=len(state.trials))
    with open_tuner(tuner, spec) as opened:
        advisor = Advisor(opened, free, held, lambda values: repair_values(values, pinned, constraints), seed)
        ledger = Ledger(state, state_file, trials, size_limit_kb, emit)
        study = _Study(ledger, advisor, evaluate, repair, pruner or MedianPruner(), max(1, workers))
        try:
            ending = study.run({**defaults(space), **held}, cancel or threading.Event(), deadline)
        finally:
            advisor.close()
            study.close()
    return summarize(state, free, tuner, seed, size_limit_kb, [*study.notes, *ending, *advisor.notes()])


class _Study:
    """Which trial runs when; the ledger knows what has run, the advisor what to run next."""

    def __init__(
        self,
        ledger: Ledger,
        advisor: Advisor,
        evaluate: Evaluate,
        repair: Repair | None,
        pruner: MedianPruner,
        workers: int,
    ) -> None:
        self._ledger = ledger
        self._advisor = advisor
        self._evaluate = evaluate
        self._repair = repair
        self._pruner = pruner
        self._workers = workers
        self._pool = ThreadPoolExecutor(workers + 1, thread_name_prefix="trial")  # one more for thinking of repairs
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
        state = self._ledger.state
        if not state.trials and not state.pending and self._ledger.room > 0:
            values, changes = self._advisor.project(first)
            self._line_up(Pending(hyperparameters=values, note="; ".join(changes)))
        while not (ending := self._ending(cancel, deadline)):
            self._start_ready()
            if not (self._running or self._repairs or self._asked):
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
        """Tell the advisor what is known, and line up what an ended process left unfinished."""
        state = self._ledger.state
        self._pruner.restore(state.curves)
        for trial in state.trials:
            self._learn(trial)
        for index, pending in sorted(state.pending.items()):
            self._advisor.known(pending.hyperparameters)
            if pending.starts >= STARTS:
                reason = f"the process ended {pending.starts} times while this trial ran"
                self._learn(self._ledger.give_up(index, reason))
                self.notes.append(f"Trial {index} was abandoned: {reason}.")
                continue
            if pending.starts:
                pending.note = "run again: the process ended while it ran"
                self.notes.append(f"Trial {index} was cut off by the end of an earlier process and ran again.")
            self._queue.append(index)
        for index in list(state.repairing):
            trial = self._ledger.trial(index)
            self._seek_repair(trial, TrialOutcome(state="failed", reason=trial.reason, seconds=trial.seconds))

    def _ending(self, cancel: threading.Event, deadline: float | None) -> str:
        """Why to start nothing more, or an empty string."""
        trials = self._ledger.state.trials
        done = f"after {len(trials)} of {self._ledger.total} trials"
        if deadline is not None and time.monotonic() >= deadline:
            return f"The time was up {done}."
        if cancel.is_set():
            return f"Cancelled {done}."
        last = trials[-FAILURES_IN_A_ROW:]
        if len(last) == FAILURES_IN_A_ROW and all(trial.state in {"failed", "abandoned"} for trial in last):
            return f"Ended {done}: the last {FAILURES_IN_A_ROW} all failed."
        return ""

    def _start_ready(self) -> None:
        """Start what is lined up on free workers, and keep one suggestion on its way."""
        while self._queue and len(self._running) < self._workers:
            index = self._queue.pop(0)
            self._pruner.start(index)
            values = self._ledger.start(index)
            self._running[self._pool.submit(self._evaluate, index, values)] = index
        wanted = not self._queue and self._ledger.room > len(self._repairs)
        if wanted and self._asked is None and not self._exhausted:
            self._asked = self._advisor.ask()

    def _take_done(self, timeout_s: float) -> None:
        """Wait for anything to end, and take it in."""
        waited: set[Future[Any]] = {*self._running, *self._repairs}
        if self._asked and len(self._running) + len(self._queue) < self._workers:
            waited.add(self._asked)
        done, _ = wait(waited, timeout=timeout_s, return_when=FIRST_COMPLETED)
        for trial in [future for future in self._running if future in done]:
            self._finish(self._running.pop(trial), trial.result())
        for thought in [future for future in self._repairs if future in done]:
            self._take_repair(self._repairs.pop(thought), thought.result())
        if self._asked and self._asked in done:
            self._take_proposal(self._asked.result())

    def _take_proposal(self, proposal: Proposal | None) -> None:
        self._asked = None
        if proposal is None:
            self._exhausted = True
            return
        index = self._line_up(Pending(hyperparameters=proposal.hyperparameters, note="; ".join(proposal.changes)))
        self._proposals[index] = proposal

    def _line_up(self, pending: Pending) -> int:
        self._advisor.known(pending.hyperparameters)
        index = self._ledger.line_up(pending)
        self._queue.append(index)
        return index

    def _finish(self, index: int, outcome: TrialOutcome) -> None:
        """Record the end of a trial on disk, then learn from it."""
        if outcome.state == "cancelled":
            self._ledger.take_back(index)
            return
        curve = self._pruner.finish(index, outcome.state == "completed")
        trial, repairable = self._ledger.finish(index, outcome, curve, self._repair is not None)
        self._learn(trial, self._proposals.pop(index, None))
        if repairable:
            self._seek_repair(trial, outcome)

    def _learn(self, trial: TrialRecord, proposal: Proposal | None = None) -> None:
        self._advisor.learn(proposal, trial.hyperparameters, self._ledger.lesson(trial), trial.model_kb)

    def _seek_repair(self, trial: TrialRecord, failure: TrialOutcome) -> None:
        if self._repair is None:
            self._take_repair(trial.index, None)
        else:
            self._repairs[self._pool.submit(self._repair, trial.hyperparameters, failure)] = trial.index

    def _take_repair(self, index: int, values: Hyperparameters | None) -> None:
        """Line up the debugger's values as a trial of their own, unless they are none, known, or one too many."""
        feasible = self._advisor.project(values)[0] if values is not None else None
        if feasible is not None and (self._advisor.is_known(feasible) or self._ledger.room < 1):
            feasible = None
        repaired = self._ledger.end_repair(index, feasible)
        if repaired is not None and feasible is not None:
            self._advisor.known(feasible)
            self._queue.append(repaired)
