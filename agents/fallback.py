"""A language model's agents with the expert behind them, for users who allow it (`fallback_to_expert`)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from agents.contracts import (
    BriefRequest,
    ChunkReader,
    ChunkRequest,
    Coder,
    CodeRequest,
    Correction,
    DatasetRequest,
    Debugger,
    DebugRequest,
    Intake,
    IntakeAnswer,
    IntakeRequest,
    LiteratureReview,
    Researcher,
    ResearchRequest,
    ReviewAnswer,
    Reviewer,
    ReviewRequest,
    Summarizer,
    TellRequest,
)
from runtime.errors import ModelUnavailable, UnusableAnswer
from runtime.events import Emit
from runtime.training_function import TrainingFunction
from tools.papers.brief import ChunkSummary, PaperBrief
from tools.recommend.recommendation import DatasetAdvice

Q = TypeVar("Q")
A = TypeVar("A")
S = TypeVar("S", ChunkSummary, PaperBrief)


@dataclass(frozen=True)
class Fallback:
    """Which model may be replaced, and who is told when it is."""

    role: str
    model: str
    emit: Emit

    def ask(self, first: Callable[[Q], A], expert: Callable[[Q], A], request: Q) -> tuple[A, bool]:
        """The model's answer, or the expert's when the model is down or answers nothing usable; True for the latter."""
        try:
            return first(request), False
        except (ModelUnavailable, UnusableAnswer) as error:
            message = f"{self.model} could not play the {self.role}, so the expert does: {error}"
            self.emit({"kind": "warning", "agent": self.role, "text": message})
            return expert(request), True


@dataclass(frozen=True)
class FallbackCoder:
    """A `Coder`."""

    fallback: Fallback
    model: Coder
    expert: Coder

    def write(self, request: CodeRequest) -> TrainingFunction:
        function, fell_back = self.fallback.ask(self.model.write, self.expert.write, request)
        if not fell_back:
            return function
        author = f"{function.metadata.get('generated_by', 'expert')}, in place of {self.fallback.model}"
        signed = {"generated_by": author, "in_place_of": self.fallback.model}
        return function.model_copy(update={"metadata": function.metadata | signed})


@dataclass(frozen=True)
class FallbackReviewer:
    """A `Reviewer`."""

    fallback: Fallback
    model: Reviewer
    expert: Reviewer

    def review(self, request: ReviewRequest) -> ReviewAnswer:
        return self.fallback.ask(self.model.review, self.expert.review, request)[0]


@dataclass(frozen=True)
class FallbackDebugger:
    """A `Debugger`."""

    fallback: Fallback
    model: Debugger
    expert: Debugger

    def correct(self, request: DebugRequest) -> Correction:
        return self.fallback.ask(self.model.correct, self.expert.correct, request)[0]


@dataclass(frozen=True)
class FallbackResearcher:
    """A `Researcher`."""

    fallback: Fallback
    model: Researcher
    expert: Researcher

    def research(self, request: ResearchRequest) -> LiteratureReview:
        return self.fallback.ask(self.model.research, self.expert.research, request)[0]

    def recommend(self, request: DatasetRequest) -> DatasetAdvice:
        return self.fallback.ask(self.model.recommend, self.expert.recommend, request)[0]


@dataclass(frozen=True)
class FallbackIntake:
    """An `Intake`."""

    fallback: Fallback
    model: Intake
    expert: Intake

    def understand(self, request: IntakeRequest) -> IntakeAnswer:
        return self.fallback.ask(self.model.understand, self.expert.understand, request)[0]

    def tell(self, request: TellRequest) -> str:
        return self.fallback.ask(self.model.tell, self.expert.tell, request)[0]


@dataclass(frozen=True)
class FallbackChunkReader:
    """A `ChunkReader`."""

    fallback: Fallback
    model: ChunkReader
    expert: ChunkReader

    @property
    def author(self) -> str:
        return self.model.author

    @property
    def version(self) -> str:
        return self.model.version

    @property
    def chunk_characters(self) -> int:
        try:
            return self.model.chunk_characters
        except ModelUnavailable:
            return self.expert.chunk_characters

    @property
    def side_by_side(self) -> int | None:
        try:
            return self.model.side_by_side
        except ModelUnavailable:
            return self.expert.side_by_side

    def read(self, request: ChunkRequest) -> ChunkSummary:
        summary, fell_back = self.fallback.ask(self.model.read, self.expert.read, request)
        return _signed(summary, self.fallback) if fell_back else summary


@dataclass(frozen=True)
class FallbackSummarizer:
    """A `Summarizer`."""

    fallback: Fallback
    model: Summarizer
    expert: Summarizer

    @property
    def author(self) -> str:
        return self.model.author

    @property
    def version(self) -> str:
        return self.model.version

    def brief(self, request: BriefRequest) -> PaperBrief:
        brief, fell_back = self.fallback.ask(self.model.brief, self.expert.brief, request)
        return _signed(brief, self.fallback) if fell_back else brief


def _signed(answer: S, fallback: Fallback) -> S:
    return answer.model_copy(update={"generated_by": f"{answer.generated_by}, in place of {fallback.model}"})
