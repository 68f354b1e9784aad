"""What is declared about a blueprint beside its code."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

from runtime.data_profile import DataProfile
from runtime.search_space import Hyperparameters


@dataclass(frozen=True)
class Suitability:
    """How likely a family is to fit this data (0 to 1), and why, in words."""

    score: float
    reason: str


@dataclass(frozen=True)
class Buckets:
    """The values that a size may take, ascending, and the one to begin with.

    Few values, so that tuning trials share compiled graphs.
    """

    values: tuple[int, ...]
    preferred: int


class Family(ABC):
    """One blueprint: when it fits, its sizes, and how many numbers a model of those sizes stores."""

    name: str
    """The blueprint's file name."""
    title: str
    words: tuple[str, ...] = ()
    """What a person calls it."""
    lr: float = 0.003
    dropout: float | None = 0.2
    """None when the network has no dropout."""

    @abstractmethod
    def suits(self, profile: DataProfile) -> Suitability | None:
        """None when the blueprint can't read this data at all."""

    @abstractmethod
    def sizes(self, profile: DataProfile) -> dict[str, Buckets]:
        """The hyperparameters that decide the number of weights."""

    @abstractmethod
    def stored_values(self, profile: DataProfile, sizes: Hyperparameters) -> int:
        """Numbers in the state of the network: weights, and the running statistics of norms."""

    def constants(self, profile: DataProfile) -> dict[str, Any]:
        """Top-level names of the blueprint and their values for this data."""
        return {"INPUT_SHAPE": profile.input_shape, "OUTPUTS": outputs(profile)}

    def example_cost(self, profile: DataProfile) -> float:
        """Multiplications for one sample with default sizes, in millions: what an epoch's time follows."""
        return profile.feature_count * 128 / 1e6


def outputs(profile: DataProfile) -> int:
    """Classes, tokens, or 1 for regression."""
    if profile.task_type == "regression":
        return 1
    if profile.task_type == "language_modeling":
        return int(profile.vocabulary_size or 0)
    return int(profile.num_classes or 2)


def layout(profile: DataProfile) -> str:
    """table, sequence, image or text; from the flags, and from the number of axes where no flag is set."""
    if profile.is_text or profile.task_type == "language_modeling":
        return "text"
    if profile.is_image:
        return "image"
    if profile.is_sequence:
        return "sequence"
    if profile.is_tabular:
        return "table"
    return {1: "table", 2: "sequence", 3: "image"}.get(len(profile.input_shape), "other")


def patches(length: int, wanted: int) -> tuple[int, int]:
    """(patch, padding) so that patch divides length + padding and about `wanted` patches come out.

    A divisor of the length is preferred; the padding is 0 then.
    """
    divisors = [
        size for size in range(1, length + 1) if length % size == 0 and wanted / 2 <= length / size <= 2 * wanted
    ]
    if divisors:
        return min(divisors, key=lambda size: abs(length / size - wanted)), 0
    size = max(1, -(-length // wanted))
    return size, -length % size
