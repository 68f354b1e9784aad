"""`run.json`: what a run was asked, what it did, how it ended, and the evidence."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from runtime.approval import Answer, Question
from runtime.data_profile import DataProfile
from runtime.outcome import Outcome, StopCause
from runtime.search_space import Hyperparameters
from runtime.task import Task
from tools.papers.brief import ChunkResult, CriterionVerdict, PaperBrief
from tools.recommend.recommendation import Recommendation
from tools.review.finding import Finding


class _Record(BaseModel):
    # A diverged loss is NaN: as the string "NaN" it survives JSON, as null it could not be read back.
    model_config = ConfigDict(extra="forbid", ser_json_inf_nan="strings")


class Usage(_Record):
    """What one agent's model calls took. `usd` is None when the model has no known price."""

    agent: str
    model: str
    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    usd: float | None = 0.0
    seconds: float = 0.0


class StageRecord(_Record):
    """One visit of a stage; `started` is seconds since the run began."""

    name: str
    started: float
    seconds: float
    note: str = ""


class ReviewRecord(_Record):
    """One round of review."""

    round: int
    findings: list[Finding] = Field(default_factory=list)
    fixed: list[str] = Field(default_factory=list)
    """Rule ids that the static fixer mended, one an occurrence."""
    model_issues: list[str] = Field(default_factory=list)
    changed_by_model: bool = False


class DebugRecord(_Record):
    """One failure and the correction that answered it."""

    stage: str
    failure: str
    correction: str
    kind: str
    line: int | None = None


class TrialRecord(_Record):
    """One tuning trial. `state` is completed, failed, abandoned or stopped_early."""

    index: int
    hyperparameters: Hyperparameters
    state: str
    score: float | None = None
    """The validation score, higher is better, measured after quantization."""
    objective: float | None = None
    """Score less the size penalty."""
    model_kb: float | None = None
    seconds: float = 0.0
    reason: str = ""
    repaired_from: int | None = None
    device: str = ""
    sandbox: str = ""
    node: str = ""
    """The machine that it ran on, where that need not be this one."""


class TuningRecord(_Record):
    tuner: str
    trials: list[TrialRecord] = Field(default_factory=list)
    best_index: int | None = None
    importance: dict[str, float] = Field(default_factory=dict)
    note: str = ""


class Measurement(_Record):
    """A metric computed by the trusted side from predictions and labels."""

    metric: str
    """accuracy, r2 or perplexity."""
    score: float
    """Higher is better: accuracy, R2, or the negative perplexity."""
    details: dict[str, float] = Field(default_factory=dict)
    """balanced_accuracy, macro_f1, rmse, mae …"""
    confusion: list[list[int]] | None = None
    """Rows are true classes."""
    residuals: list[tuple[float, float]] | None = None
    """(true, predicted) pairs, at most 500, for regression."""


class ModelSize(_Record):
    """Both ways of saying how large a model is."""

    parameters: int
    quantization_bits: int
    real_bytes: int
    """Size of the quantized safetensors file, constants of the graph included."""
    formula_kb: float
    """params x bits/8 x 1.1 / 1024, the seed's formula."""

    @property
    def real_kb(self) -> float:
        return self.real_bytes / 1024


class Evidence(_Record):
    """What SUCCESS rests on. Every path is relative to the run's folder, every hash is SHA-256."""

    test: Measurement
    validation: Measurement
    baselines: dict[str, float]
    """Score of each trivial model on the same test rows."""
    beats_baselines: bool
    size: ModelSize
    size_limit_kb: float
    test_rows: int
    model_file: str
    graph_file: str
    predictions_file: str
    project_folder: str
    project_ran: bool
    """The exported project ran to its end once, in a clean box."""
    hashes: dict[str, str]


class FunctionRecord(_Record):
    """What became of one function that took over a tenth of the time, as the boxed job says."""

    name: str
    line: int
    share: float
    """Of the time of a traced training, by itself."""
    strategy: str = "interpret"
    """interpret: it was left as it is."""
    backend: str = "python"
    speedup: float = 1.0
    compile_s: float = 0.0
    reasons: list[str] = Field(default_factory=list)
    """What was tried and refused."""


class LoopRecord(_Record):
    """How the training loop runs: what the plain run showed, what the agent chose by it, and what that brought."""

    network: str = ""
    """mlp, cnn, cnn1d, recurrent or transformer; empty where the agent was not asked."""
    parameters: int = 0
    batch: int = 0
    steps: int = 0
    present: str = ""
    """How the plain run's steps ran: eager or xla."""
    chosen: str = ""
    """eager, torch.compile or xla."""
    expected: float = 1.0
    """How many times as fast as now, compiling included."""
    reasons: list[str] = Field(default_factory=list)
    """What is not possible here."""
    used: bool = False
    """Whether later runs go the chosen way; on the target xla only trials do."""
    sentence: str
    before_s: float | None = None
    """Of the run to beat, with the compiled functions where these are used."""
    after_s: float | None = None
    score: float | None = None

    @property
    def gain(self) -> float:
        """How many times faster the whole training became."""
        return self.before_s / self.after_s if self.before_s and self.after_s else 1.0


class AccelerationRecord(_Record):
    """What `--accelerate` brought: the same training plain and with the compiled functions, timed from outside."""

    functions: list[FunctionRecord] = Field(default_factory=list)
    used: bool = False
    """Whether later runs use the compiled functions."""
    sentence: str
    plain_s: float = 0.0
    accelerated_s: float | None = None
    plain_score: float | None = None
    accelerated_score: float | None = None
    seconds: float = 0.0
    """What looking, compiling and comparing took."""
    folder: str = ""
    """Where the compiled functions lie, relative to the run's folder; loaded inside the box alone."""
    code_sha256: str = ""
    """Of the code that was looked at: corrected code runs plain until it was looked at itself."""
    loop: LoopRecord | None = None

    @property
    def gain(self) -> float:
        """How many times faster the whole training became."""
        return self.plain_s / self.accelerated_s if self.accelerated_s else 1.0


class DecisionRecord(_Record):
    """One question that the run asked, and what a person answered."""

    question: Question
    answer: Answer


class RunRecord(_Record):
    """The whole of `run.json`."""

    version: int = 1
    id: str
    task: Task
    outcome: Outcome | None = None
    """None while the run goes on."""
    cause: StopCause | None = None
    message: str = ""
    """One sentence for a person."""
    started: str
    """ISO 8601, UTC."""
    seconds: float = 0.0
    profile: DataProfile | None = None
    model_name: str = ""
    generated_by: str = ""
    """expert (rule-based), cached, or provider:model."""
    confidence: float | None = None
    reasons: list[str] = Field(default_factory=list)
    hyperparameters: Hyperparameters = Field(default_factory=dict)
    literature: dict[str, Any] | None = None
    paper: dict[str, Any] | None = None
    """The paper, its cleaning and its chunks' plan; None without one."""
    brief: PaperBrief | None = None
    chunks: list[ChunkResult] = Field(default_factory=list)
    recommendation: Recommendation | None = None
    dataset: str = ""
    """What the run trained on: the task's dataset, or the recommended one."""
    criteria: list[CriterionVerdict] = Field(default_factory=list)
    """The reviewer's last verdict on each criterion of the brief."""
    candidates: list[dict[str, Any]] = Field(default_factory=list)
    stages: list[StageRecord] = Field(default_factory=list)
    reviews: list[ReviewRecord] = Field(default_factory=list)
    debugging: list[DebugRecord] = Field(default_factory=list)
    repairs: list[str] = Field(default_factory=list)
    """Hyperparameters that were clipped, rounded or moved to the nearest category."""
    tuning: TuningRecord | None = None
    acceleration: AccelerationRecord | None = None
    curves: dict[str, list[float]] = Field(default_factory=dict)
    """train_losses, val_losses, val_acc as the generated code claims them."""
    xla: dict[str, float] = Field(default_factory=dict)
    """compilations, compile_s, step_s, host_syncs, fallbacks."""
    device: str = ""
    sandbox: str = ""
    evidence: Evidence | None = None
    partial: dict[str, Any] = Field(default_factory=dict)
    """The best result so far when the run did not succeed; not evidence."""
    waiting: Question | None = None
    """What the run waits for a person to answer; `outcome` is None meanwhile."""
    decisions: list[DecisionRecord] = Field(default_factory=list)
    replayed: bool = False
    """Model answers came from a recording."""
    thread_id: str = ""
    """The server's thread, for a run that was started there."""
    executor: str = "local"
    """Where the boxed jobs ran."""
    usage: list[Usage] = Field(default_factory=list)
    model_seconds: float = 0.0
    """Wall time with at least one model call in flight; calls side by side count once."""
    warnings: list[str] = Field(default_factory=list)
    skipped: list[str] = Field(default_factory=list)
    """Capabilities that were not used, by name and reason."""
    files: dict[str, str] = Field(default_factory=dict)
    """What each file is, by path relative to the run's folder."""
