"""Which dataset suits a paper: the answer of `tools/recommend`."""

from pydantic import BaseModel, ConfigDict, Field

AVAILABLE = ("cifar10", "cifar100", "mnist", "fashion_mnist", "imdb", "wikitext2", "synthetic")
"""The seed's seven; a user's own file goes before them all."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Mention(_Part):
    """One dataset that a paper names."""

    name: str
    """Canonical, e.g. cifar10, imagenet, wmt14."""
    count: int
    weight: float
    """Mentions weighed by where they stand; 0 when all are negated ("unlike CIFAR-10")."""
    negated: int = 0
    quotation: str = ""


class RankedDataset(_Part):
    """One available dataset and why it was placed where it is."""

    name: str
    score: float
    reasons: list[str] = Field(default_factory=list)


class DatasetAdvice(_Part):
    """What a model (or the expert) reasons about the available datasets, best first."""

    ranking: list[RankedDataset] = Field(default_factory=list)
    source: str = ""
    """expert (rule-based), or provider:model."""


class Recommendation(_Part):
    """The seed's `dataset_recommendations` and `recommended_dataset`."""

    primary: str
    ranked: list[RankedDataset]
    mentions: list[Mention] = Field(default_factory=list)
    source: str = ""
    """Who decided: patterns alone, patterns and which model, or the user's own file."""
    warnings: list[str] = Field(default_factory=list)
