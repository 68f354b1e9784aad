"""What each agent is asked and what it answers. A language model and the expert obey the same contracts."""

from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from runtime.data_profile import DataProfile
from runtime.job import ExecutionResult
from runtime.outcome import StopCause
from runtime.search_space import Hyperparameters, SearchSpace
from runtime.task import Target, Task
from runtime.training_function import TrainingFunction
from tools.papers.brief import ChunkSummary, CriterionVerdict, PaperBrief
from tools.recommend.recommendation import DatasetAdvice, Mention
from tools.review.finding import Finding


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid")


class LiteratureReview(_Message):
    """The seed's review, saved as JSON in `literature_reviews/`."""

    query: str
    review_text: str
    key_findings: list[str] = Field(default_factory=list)
    recommended_approaches: list[str] = Field(default_factory=list)
    recent_papers: list[dict[str, str]] = Field(default_factory=list)
    confidence: float = Field(0.0, ge=0, le=1)
    timestamp: int = 0
    source: str = ""
    """Where it comes from, honestly: the model's own knowledge, a curated table, search results."""
    searches: list[str] = Field(default_factory=list)
    """What was asked of which tool, with the number of results, one line each."""
    dropped_citations: int = 0
    """Papers that the model named and no search had found."""


class ResearchRequest(_Message):
    """Review the literature for a dataset, a paper, a question, or all of them."""

    question: str = ""
    profile: DataProfile | None = None
    brief: PaperBrief | None = None
    goal: str = ""
    dataset_name: str = ""
    """What the user calls the data (`DATASET_NAME`), for queries that name it."""


class ChunkRequest(_Message):
    """Summarise one chunk of a paper."""

    paper_title: str
    section: str
    number: int
    of: int
    text: str


class BriefRequest(_Message):
    """Reduce a paper's chunk summaries, in order, to one brief."""

    paper_id: str
    title: str
    abstract: str = ""
    summaries: list[ChunkSummary]


class DatasetRequest(_Message):
    """Which of the available datasets suits this paper best?"""

    brief: PaperBrief
    abstract: str = ""
    mentions: list[Mention] = Field(default_factory=list)
    available: list[str]
    goal: str = ""


class CodeRequest(_Message):
    """Write a training function for this data."""

    profile: DataProfile
    goal: str = ""
    target: Target = "xla"
    size_limit_kb: float = 256.0
    recommended_approach: str = ""
    """The literature review's first recommendation."""
    brief: PaperBrief | None = None
    """The paper whose method the code must implement."""
    candidate: int = 0
    """Which of several programs this is, from 0; the later ones should differ from the first."""
    previous: TrainingFunction | None = None
    feedback: list[str] = Field(default_factory=list)
    """Why the previous function was sent back."""


class ReviewRequest(_Message):
    """Look for what the static rules can't see, and mend what was found."""

    function: TrainingFunction
    target: Target = "xla"
    findings: list[Finding] = Field(default_factory=list)
    """What the static reviewer still finds after its own fixes."""
    brief: PaperBrief | None = None
    """The paper whose criteria the code is held against."""


class ReviewIssue(_Message):
    severity: Literal["error", "warning", "note"]
    message: str
    line: int | None = None


class ReviewAnswer(_Message):
    issues: list[ReviewIssue] = Field(default_factory=list)
    training_code: str | None = None
    """The whole corrected module, when there was something to correct."""
    criteria: list[CriterionVerdict] = Field(default_factory=list)
    """One for each criterion of the request's brief, for the code as it was given."""


class Attempt(_Message):
    """One correction that was already tried, and how it ended."""

    correction: "Correction"
    failure: str
    """The failure that it was meant to cure, in one line."""


class DebugRequest(_Message):
    function: TrainingFunction
    hyperparameters: Hyperparameters
    failure: ExecutionResult
    target: Target = "xla"
    size_limit_kb: float = 256.0
    xla_metrics: dict[str, float] = Field(default_factory=dict)
    tried: list[Attempt] = Field(default_factory=list)


class Correction(_Message):
    """Exactly one of three answers: other hyperparameters, other code, or a stop."""

    kind: Literal["bo_config", "training_code", "system_issue"]
    explanation: str
    bo_config: SearchSpace | None = None
    """The complete corrected search space, its defaults being the values to run next."""
    training_code: str | None = None
    """The complete corrected module."""
    cause: StopCause | None = None
    """For a system issue: why no change of the code can help (STOP_PIPELINE)."""


class IntakeRequest(_Message):
    """What of a chat is still open, oldest first, as (role, text) pairs: the user's words and what they were asked."""

    messages: list[tuple[str, str]]
    last_task: Task | None = None
    """The task of this chat's last run, which "use a smaller one" changes."""
    last_run: str = ""
    """Its id."""
    last_size_kb: float | None = None
    """What its model measured, if it has one."""


LookupKind = Literal["help", "runs", "best", "run", "why", "compare", "code", "trials", "cost", "review", "datasets"]


class Lookup(_Message):
    """A question that records on disk answer: which runs it is about, and what of them is wanted."""

    kind: LookupKind
    runs: list[str] = Field(default_factory=list)
    """Ids, beginnings of ids, numbers as `arxla runs` shows them, or `latest`; none: what the chat is about."""
    dataset: str = ""
    """Only runs on this dataset, for a list."""
    code: str = ""
    """For a review: the program in the message."""
    text: str = ""
    """The question in the user's words."""


class IntakeAnswer(_Message):
    """Exactly one of: a task to run, the one question that is still open, or a question to look up in the records."""

    task: Task | None = None
    question: str | None = None
    lookup: Lookup | None = None
    note: str = ""
    """What was understood beside it, or could not be: said to the user before the run starts."""
    closes: bool = False
    """The question is about this message alone: the next one need not answer it, nor be read with it."""


class TellRequest(_Message):
    """Answer a user's question in words, from facts alone."""

    question: str
    facts: str
    """Text made from run records; every figure of the answer must stand in it."""


class Researcher(Protocol):
    def research(self, request: ResearchRequest) -> LiteratureReview: ...

    def recommend(self, request: DatasetRequest) -> DatasetAdvice: ...


class ChunkReader(Protocol):
    """Plays the role chunk, which may be a cheaper model; asked from many threads at once."""

    @property
    def author(self) -> str:
        """What `generated_by` says of its own summaries: expert (rule-based), or provider:model."""
        ...

    @property
    def version(self) -> str:
        """Changes with whatever changes its answers: the model and the prompt. Empty: not worth keeping."""
        ...

    @property
    def chunk_characters(self) -> int:
        """How long a chunk it reads best. Raises `ModelUnavailable` when its model can't be asked."""
        ...

    @property
    def side_by_side(self) -> int | None:
        """How many chunks it can read at once; None: as many as wanted. Raises as `chunk_characters` does."""
        ...

    def read(self, request: ChunkRequest) -> ChunkSummary: ...


class Summarizer(Protocol):
    @property
    def author(self) -> str:
        """As of a `ChunkReader`."""
        ...

    @property
    def version(self) -> str:
        """As of a `ChunkReader`."""
        ...

    def brief(self, request: BriefRequest) -> PaperBrief: ...


class Coder(Protocol):
    def write(self, request: CodeRequest) -> TrainingFunction: ...


class Reviewer(Protocol):
    def review(self, request: ReviewRequest) -> ReviewAnswer: ...


class Debugger(Protocol):
    def correct(self, request: DebugRequest) -> Correction: ...


class Intake(Protocol):
    def understand(self, request: IntakeRequest) -> IntakeAnswer: ...

    def tell(self, request: TellRequest) -> str:
        """An answer whose figures all stand in the facts, or the facts as they are."""
        ...


Attempt.model_rebuild()
