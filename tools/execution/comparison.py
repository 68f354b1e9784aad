"""The plain run's training once more in another way, and whether it gained: measured from outside the box."""

import threading
from dataclasses import dataclass
from pathlib import Path

from runtime.box.protocol import Runner
from runtime.compiler.training_loops import LoopStrategy
from runtime.data_profile import PreparedData
from runtime.events import Emit, ignore_events
from runtime.job import Limits, Status
from runtime.task import Target
from runtime.training_function import TrainingFunction
from tools.execution.training import TrainingRun, train

LEAST_GAIN = 1.05
"""Of the whole training; below it everything stays as it was."""
TOLERATED_CHANGE = 0.02
"""Of the validation score: sums in another order may end in another epoch's best model."""


@dataclass(frozen=True)
class PlainRun:
    """A run that worked, and what it takes to do the same training in another way."""

    runner: Runner
    function: TrainingFunction
    data: PreparedData
    run: TrainingRun
    target: Target
    seed: int
    rows: int
    """At most so many were trained on."""
    scratch: Path
    emit: Emit = ignore_events
    cancel: threading.Event | None = None

    def again(self, name: str, compiled: Path | None, strategy: LoopStrategy | None = None) -> TrainingRun:
        """The same training; `name` is that of its scratch folder. Raises `SandboxFailure`."""
        return train(
            self.runner, self.function, self.data, self.run.hyperparameters, target=self.target, seed=self.seed,
            rows=self.rows, scratch=self.scratch.with_name(f"{self.scratch.name}-{name}"), compiled=compiled,
            strategy=strategy, limits=Limits(wall_s=max(60.0, 2 * self.run.seconds)), emit=self.emit,
            cancel=self.cancel,
        )  # fmt: skip


@dataclass(frozen=True)
class Measured:
    """Seconds and validation score of a run."""

    seconds: float
    score: float

    @classmethod
    def of(cls, run: TrainingRun) -> "Measured":
        """Of the job itself, without the start of its process. Raises `ValueError` for a failed run."""
        return cls(round(run.execution.duration_s - run.execution.start_s, 3), run.score)


def why_it_failed(again: TrainingRun) -> str:
    """Why there is nothing to compare; empty when there is."""
    if again.execution.status is Status.CANCELLED:
        return "the comparison was stopped."
    return f"the training failed with it: {again.failure_line}" if again.failed else ""


def compared(before: Measured, after: Measured, random_alike: bool = True) -> tuple[str, str]:
    """What was gained, or else why it is no gain: one of the two is empty.

    `random_alike`: both drew the same random numbers. Where not, a better score is chance and no doubt.
    """
    times = f"{after.seconds:.1f} s in place of {before.seconds:.1f} s"
    scores = f"validation {after.score:.4f} in place of {before.score:.4f}"
    change = before.score - after.score
    if (abs(change) if random_alike else change) > TOLERATED_CHANGE * max(1.0, abs(before.score)):
        return "", f"the training ended elsewhere with it: {scores}."
    gain = before.seconds / after.seconds if after.seconds else 1.0
    if gain < LEAST_GAIN:
        return "", f"the whole training gained too little: {times}."
    return f"The same training took {times}, {gain:.1f} × as fast, {scores}.", ""
