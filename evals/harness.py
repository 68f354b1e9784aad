"""Tries every case of a suite with every seed and model, keeps what came of each, and scores it."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any

from evals.contracts import Case, CaseSkipped, Place, Runner, Suite, Trial
from evals.folder import EvaluationFolder, Key, Plan, key_of
from evals.runners import open_runner
from evals.scorers import alarms_of, scorers_of
from runtime.errors import ArxlaError, Cancelled, DiskFull
from runtime.models.usage import REPLAYED
from runtime.settings import Settings

MOST_ERRORS_IN_A_ROW = 3
"""Of infrastructure, in trials of one model: after them the others are not begun."""
LOOK_S = 0.2
Tell = Callable[[Trial, int, int], None]
"""Called with each finished trial, how many are finished, and of how many."""


class Interrupted(Exception):
    """The evaluation was interrupted; what was finished is on disk."""


def evaluate(
    folder: EvaluationFolder,
    settings: Settings,
    *,
    tell: Tell,
    cancel: threading.Event,
    max_concurrency: int = 1,
) -> list[Trial]:
    """Run the trials of the folder's plan that have not ended yet (errors are tried again), and give all.

    A model whose trials keep meeting faults of infrastructure is given up, which the plan then says. Raises
    `Interrupted` when `cancel` is set, `InputError`, and `DiskFull`.
    """
    no_tracing()
    settings = settings.model_copy(update={"langsmith_tracing": False})
    with folder.lease():
        plan = folder.plan()
        plan.stopped = {}
        done = {key_of(trial): trial for trial in folder.trials() if not trial.error}
        left = [key for key in plan.keys if key not in done]
        place = Place(settings, folder.path, cancel)
        if left:
            with open_runner(plan.suite.kind, place) as runner:
                for model in plan.models:
                    keys = [key for key in left if key[2] == model]
                    _try_model(_Trying(plan, folder, runner, tell, cancel, done), keys, model, max_concurrency)
        folder.save_plan(plan)
        return folder.trials()


def no_tracing() -> None:
    """From now on nothing that this process does is traced to LangSmith, whatever the environment says."""
    import langsmith

    langsmith.configure(enabled=False)


class _Trying:
    """What the trials of an evaluation share."""

    def __init__(
        self,
        plan: Plan,
        folder: EvaluationFolder,
        runner: Runner,
        tell: Tell,
        cancel: threading.Event,
        done: dict[Key, Trial],
    ) -> None:
        self.plan, self.folder, self.runner, self.tell, self.cancel, self.done = (
            plan, folder, runner, tell, cancel, done,
        )  # fmt: skip
        self.cases = {case.id: case for case in plan.suite.cases}

    def one(self, key: Key) -> Trial:
        """Raises `Cancelled`, `DiskFull`, and whatever is a bug."""
        if self.cancel.is_set():
            raise Cancelled("The evaluation was interrupted.")
        case, seed, model = key
        return try_case(self.runner, self.plan.suite, self.cases[case], seed, model)

    def keep(self, trial: Trial) -> None:
        self.folder.add(trial)
        self.done[key_of(trial)] = trial
        self.tell(trial, len(self.done), len(self.plan.keys))


def _try_model(trying: _Trying, keys: Sequence[Key], model: str, max_concurrency: int) -> None:
    """The trials of one model, at most `max_concurrency` side by side, begun in order."""
    left = list(reversed(keys))
    running: set[Future[Trial]] = set()
    errors = 0
    with ThreadPoolExecutor(max_concurrency, thread_name_prefix="trial") as pool:
        try:
            while running or (left and errors < MOST_ERRORS_IN_A_ROW):
                while left and len(running) < max_concurrency and errors < MOST_ERRORS_IN_A_ROW:
                    running.add(pool.submit(trying.one, left.pop()))
                ended, running = wait(running, timeout=LOOK_S, return_when=FIRST_COMPLETED)
                for future in ended:
                    trial = future.result()
                    trying.keep(trial)
                    errors = errors + 1 if trial.error else 0
                    if errors >= MOST_ERRORS_IN_A_ROW:
                        text = f"{errors} trials in a row met faults of infrastructure, the last: {trial.error}"
                        trying.plan.stopped[model] = text
                if trying.cancel.is_set():
                    raise Interrupted
        except Cancelled:
            raise Interrupted from None
        except BaseException:
            trying.cancel.set()
            raise
        finally:
            if trying.cancel.is_set():
                _keep_finished(trying, running)


def _keep_finished(trying: _Trying, running: set[Future[Trial]]) -> None:
    """Wait for trials that are under way, which end soon after the cancel, and keep those that finished."""
    for future in running:
        if future.exception() is None:
            trying.keep(future.result())


def try_case(runner: Runner, suite: Suite, case: Case, seed: int, model: str) -> Trial:
    """One trial with its scores. Raises `Cancelled`, `DiskFull`, and whatever is a bug in a runner or a scorer."""
    began = time.monotonic()
    trial = Trial(case=case.id, seed=seed, model=model)
    try:
        output: dict[str, Any] = runner(case, seed, model)
    except CaseSkipped as reason:
        trial.skipped = str(reason)
    except (Cancelled, DiskFull):
        raise
    except ArxlaError as fault:
        trial.error = f"{type(fault).__name__}: {fault}"
    else:
        usage = output.get("usage", [])
        trial.output = output
        trial.scores = {name: scorer(case, output) for name, scorer in scorers_of(suite.kind, suite.scorers).items()}
        trial.alarms = alarms_of(suite.kind)(case, output)
        trial.tokens = sum(line["input_tokens"] + line["output_tokens"] for line in usage)
        trial.usd = None if any(line["usd"] is None for line in usage) else sum(line["usd"] for line in usage)
        trial.replayed = any(str(line.get("model", "")).endswith(REPLAYED) for line in usage)
    trial.seconds = round(time.monotonic() - began, 3)
    return trial
