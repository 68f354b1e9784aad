"""Random search over a scrambled Sobol sequence: the baseline, and the first points of the others."""

import math

from scipy.stats import qmc

from runtime.search_space import Hyperparameters, SearchSpace
from tools.tuning.encoding import from_unit
from tools.tuning.protocol import Suggestion, TunerSpec


class SobolDesign:
    """A seeded low-discrepancy sequence of points (Owen-scrambled Sobol, scipy.stats.qmc)."""

    def __init__(self, space: SearchSpace, seed: int, skip: int = 0) -> None:
        self._space = space
        self._sampler = qmc.Sobol(d=max(1, len(space)), scramble=True, rng=seed)
        if skip:
            self._sampler.fast_forward(skip)

    def draw(self) -> Hyperparameters:
        """The next point."""
        return from_unit(self._space, self._sampler.random(1)[0].tolist()[: len(self._space)])


class Open:
    """The suggestions of a tuner that are not answered yet, by index."""

    def __init__(self) -> None:
        self.next_index = 0
        self.points: dict[int, Hyperparameters] = {}

    def add(self, hyperparameters: Hyperparameters) -> Suggestion:
        """Number a new suggestion."""
        suggestion = Suggestion(self.next_index, hyperparameters)
        self.points[suggestion.index] = hyperparameters
        self.next_index += 1
        return suggestion

    def take(self, index: int, objective: float | None = None) -> Hyperparameters:
        """Close a suggestion; raises `ValueError` if it is not open or its objective is not finite."""
        if objective is not None and not math.isfinite(objective):
            raise ValueError(f"the objective of suggestion {index} is {objective}; abandon it instead")
        if index not in self.points:
            raise ValueError(f"suggestion {index} is not open")
        return self.points.pop(index)


class RandomTuner:
    """Learns nothing: the next point of the sequence, whatever was measured."""

    name = "random"

    def __init__(self, spec: TunerSpec) -> None:
        self._design = SobolDesign(spec.space, spec.seed, spec.skip)
        self._open = Open()

    def ask(self) -> Suggestion:
        return self._open.add(self._design.draw())

    def tell(self, index: int, objective: float, size_kb: float | None) -> None:  # noqa: ARG002
        self._open.take(index, objective)

    def abandon(self, index: int, reason: str) -> None:  # noqa: ARG002
        self._open.take(index)

    def attach(self, hyperparameters: Hyperparameters, objective: float | None, size_kb: float | None) -> None:
        """Nothing is learnt from a point."""

    def close(self) -> None:
        """Nothing is held."""
