"""What the evaluation harness is made of: a suite of cases, a runner a kind of suite, scorers, and results."""

from typing import Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

SuiteKind = Literal["dataset", "paper", "review", "debug", "recommendation", "literature"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", ser_json_inf_nan="strings")


class Case(_Part):
    """One thing to try. What `given` and `expected` hold is the runner's business."""

    id: str
    given: dict[str, Any] = Field(default_factory=dict)
    expected: dict[str, Any] = Field(default_factory=dict)
    tags: list[str] = Field(default_factory=list)


class Suite(_Part):
    """`evals/suites/{name}.yaml`."""

    name: str
    kind: SuiteKind
    description: str = ""
    defaults: dict[str, Any] = Field(default_factory=dict)
    """Of every case's `given`."""
    seeds: list[int] = Field(default_factory=lambda: [0])
    """Each case runs once with each."""
    scorers: list[str] = Field(default_factory=list)
    """Names in `evals.scorers`; empty takes the ones of the kind."""
    cases: list[Case] = Field(default_factory=list)
    cases_from: str = ""
    """`module:function` that gives the cases of a corpus kept elsewhere."""


class Trial(_Part):
    """One case with one seed: what came of it, and its scores (None: does not apply)."""

    case: str
    seed: int
    output: dict[str, Any] = Field(default_factory=dict)
    """The runner's; for whole runs `run.json` as it is."""
    scores: dict[str, float | None] = Field(default_factory=dict)
    seconds: float = 0.0
    usd: float | None = 0.0
    tokens: int = 0
    error: str = ""
    """Why there is no output: infrastructure that failed, in one sentence."""
    replayed: bool = False


class Runner(Protocol):
    """Tries one case; safe to call from several threads. Failures of infrastructure are an `ArxlaError`."""

    def __call__(self, case: Case, seed: int, model: str) -> dict[str, Any]: ...


class Scorer(Protocol):
    """Between 0 and 1 where more is better, or a plain figure that its name explains; None where it does not apply."""

    def __call__(self, case: Case, output: dict[str, Any]) -> float | None: ...
