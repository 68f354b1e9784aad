"""What is left of a paper after reading: chunk summaries, and the one brief that the coder is given.

A `chunk` is the number of the chunk (from 1) in which a statement's `quotation` stands, word for word.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Domain = Literal["vision", "text", "sequence", "tabular", "physics", "other"]
CriterionKind = Literal["architecture", "training", "loss", "data", "evaluation", "other"]


NOT_JUDGED = "not judged"
NOT_RECOGNISED = "not recognised by rule"
"""Notes of verdicts that nobody has reached: the reviewer did not answer, or rules can't tell."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Hyperparameter(_Part):
    """One setting of the paper, e.g. learning rate 0.001."""

    name: str
    """As code would name it where there is a usual name: lr, batch_size, epochs, dropout, hidden_size …"""
    value: str
    """As the paper writes it, e.g. "1e-4" or "Adam"."""
    chunk: int = 0
    quotation: str = ""


class ArchitectureRow(_Part):
    """One line of the architecture table."""

    component: str
    details: str
    chunk: int = 0


class Criterion(_Part):
    """Something that code must do to count as this paper's method."""

    id: str = ""
    """C1, C2 … in a brief; empty in a chunk's summary."""
    text: str
    kind: CriterionKind = "other"
    chunk: int = 0
    quotation: str = ""


class ChunkSummary(_Part):
    """What one chunk (or several, merged) says. Everything quoted was found in the text."""

    chunk: int
    section: str = ""
    summary: str
    equations: list[str] = Field(default_factory=list)
    algorithm: list[str] = Field(default_factory=list)
    """Steps, in order."""
    architecture: list[ArchitectureRow] = Field(default_factory=list)
    hyperparameters: list[Hyperparameter] = Field(default_factory=list)
    datasets: list[str] = Field(default_factory=list)
    training_recipe: str = ""
    evaluation: str = ""
    criteria: list[Criterion] = Field(default_factory=list)
    generated_by: str = ""
    """expert (rule-based), or provider:model."""
    dropped_quotations: int = 0
    """Statements left out because their quotation does not stand in the text."""


class ChunkResult(_Part):
    """The seed's line for one chunk."""

    chunk_number: int
    success: bool
    summary_length: int = 0
    processing_time: float = 0.0
    """Seconds."""
    section: str = ""
    characters: int = 0
    cached: bool = False
    error: str = ""
    summary_file: str = ""
    """Relative to the run's folder; holds a `ChunkSummary`."""


class PaperBrief(_Part):
    """A paper reduced to what code needs."""

    paper_id: str
    title: str
    domain: Domain = "other"
    task: str = ""
    """What the method does, e.g. "image classification"."""
    method: str
    equations: list[str] = Field(default_factory=list)
    algorithm: list[str] = Field(default_factory=list)
    architecture: list[ArchitectureRow] = Field(default_factory=list)
    hyperparameters: list[Hyperparameter] = Field(default_factory=list)
    datasets: list[str] = Field(default_factory=list)
    training_recipe: str = ""
    evaluation: str = ""
    criteria: list[Criterion] = Field(default_factory=list)
    coverage: float = Field(0.0, ge=0, le=1)
    """Share of the paper's cleaned text that reached a summary."""
    generated_by: str = ""
    dropped_quotations: int = 0
    warnings: list[str] = Field(default_factory=list)


class CriterionVerdict(_Part):
    """Whether the code meets a criterion, and where."""

    id: str
    verdict: Literal["met", "partly", "not"]
    lines: list[int] = Field(default_factory=list)
    note: str = ""

    @property
    def judged(self) -> bool:
        """Whether anyone has; where not, the verdict is "not" and no reason to write the code anew."""
        return self.note not in (NOT_JUDGED, NOT_RECOGNISED)
