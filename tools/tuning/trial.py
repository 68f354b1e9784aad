"""How one evaluation of hyperparameters ended, and the calls that a study is given."""

from collections.abc import Callable
from typing import Literal

from pydantic import BaseModel, ConfigDict

from runtime.search_space import Hyperparameters


class TrialOutcome(BaseModel):
    """The end of one trial, measured by the trusted side. A completed trial without a finite score counts as failed."""

    model_config = ConfigDict(extra="forbid")

    state: Literal["completed", "failed", "stopped_early", "cancelled"]
    score: float | None = None
    """The validation score, higher is better."""
    model_kb: float | None = None
    reason: str = ""
    seconds: float = 0.0
    hyperparameters_used: Hyperparameters | None = None
    """What really ran, when it differs from what was asked."""
    device: str = ""
    sandbox: str = ""
    node: str = ""
    """The machine that it ran on, where that need not be this one."""


Evaluate = Callable[[int, Hyperparameters], TrialOutcome]
"""(index, hyperparameters) -> outcome; blocking, bounded in time by itself, called from worker threads."""
Repair = Callable[[Hyperparameters, TrialOutcome], Hyperparameters | None]
"""(what failed, how) -> other hyperparameters to try, or None."""
