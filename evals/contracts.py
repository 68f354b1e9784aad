"""What the evaluation harness is made of: a suite of cases, a runner a kind of suite, scorers, and results."""

import re
import threading
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from runtime.errors import ArxlaError
from runtime.models.names import EXPERT, parse_model_name
from runtime.settings import Settings

SuiteKind = Literal["dataset", "paper", "review", "debug", "recommendation", "literature"]
FILE_NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$"
"""Suites and cases name files."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", ser_json_inf_nan="strings")


class Case(_Part):
    """One thing to try. What `given` and `expected` hold is the runner's and the scorers' business."""

    id: str = Field(pattern=FILE_NAME)
    given: dict[str, Any] = Field(default_factory=dict)
    expected: dict[str, Any] = Field(default_factory=dict)
    tags: list[str] = Field(default_factory=list)


class Suite(_Part):
    """`evals/suites/{name}.yaml`."""

    name: str = Field(pattern=FILE_NAME)
    kind: SuiteKind
    description: str = ""
    defaults: dict[str, Any] = Field(default_factory=dict)
    """Of every case's `given`."""
    seeds: list[int] = Field(default_factory=lambda: [0], min_length=1)
    """Each case runs once with each."""
    scorers: list[str] = Field(default_factory=list)
    """Names in the kind's `evals.scorers` module; empty takes all of them."""
    cases: list[Case] = Field(default_factory=list)
    cases_from: str = ""
    """`module:function` that gives the cases of a corpus kept elsewhere."""


class Trial(_Part):
    """One case with one seed and one model: what came of it, and its scores (None: does not apply)."""

    case: str
    seed: int
    model: str = "expert"
    output: dict[str, Any] = Field(default_factory=dict)
    """The runner's; for whole runs `run.json` as it is."""
    scores: dict[str, float | None] = Field(default_factory=dict)
    seconds: float = 0.0
    usd: float | None = 0.0
    """None where a model's price is not known."""
    tokens: int = 0
    error: str = ""
    """Why there is no output: infrastructure that failed, in one sentence."""
    skipped: str = ""
    """What the case needs and is not here, in one sentence."""
    alarms: list[str] = Field(default_factory=list)
    """What nobody may overlook, e.g. a SUCCESS whose evidence is not on disk."""
    replayed: bool = False


class CaseSkipped(ArxlaError):
    """What a case needs (a dataset, a service) is not here; the message names it. Raised by runners."""


@dataclass(frozen=True)
class Place:
    """Where trials run, and with what."""

    settings: Settings
    """Whose records and replays, if any, are those of all trials: agents are made with `settings_for`."""
    folder: Path
    """For what runs leave behind; below the evaluation's folder."""
    cancel: threading.Event
    """Set when the evaluation was interrupted: long work ends then with `Cancelled`."""

    def settings_for(self, case: Case, seed: int, model: str) -> Settings:
        """The settings of one trial, whose model answers are recorded in, or replayed from, a folder of its own.

        The folder's name leaves out where a model is served. The expert, which asks no model, has none.
        """
        if model == EXPERT:
            return self.settings.model_copy(update={"arxla_record": None, "arxla_replay": None})
        place = Path(re.sub(r"[^A-Za-z0-9._-]+", "-", parse_model_name(model).short), f"{case.id}-{seed}")
        record, replay = self.settings.arxla_record, self.settings.arxla_replay
        changes = {"arxla_record": record and record / place, "arxla_replay": replay and replay / place}
        return self.settings.model_copy(update=changes)


class Runner(Protocol):
    """Tries one case; safe to call from several threads.

    Failures of infrastructure are an `ArxlaError`, `CaseSkipped` is a case that can't be tried here. What comes back is
    plain JSON; `usage` (lines of `Ledger.as_records()`), where there is any, is counted.
    """

    def __call__(self, case: Case, seed: int, model: str) -> dict[str, Any]: ...


class OpenRunner(Protocol):
    """`opened` of a runner's module: what needs a sandbox or settings is open as long as its suite runs."""

    def __call__(self, place: Place) -> AbstractContextManager[Runner]: ...


class Scorer(Protocol):
    """Between 0 and 1 where more is better, or a plain figure that its name explains; None where it does not apply."""

    def __call__(self, case: Case, output: dict[str, Any]) -> float | None: ...
