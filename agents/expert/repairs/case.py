"""One failure as a repair sees it, and the corrections that a repair may answer with."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from agents.contracts import Correction, DebugRequest
from agents.expert.repairs.source import Source
from runtime.job import Status
from runtime.outcome import StopCause
from runtime.search_space import (
    CategoricalParameter,
    HyperparameterValue,
    IntegerParameter,
    Parameter,
    RealParameter,
    SearchSpace,
)

BATCH = re.compile(r"batch", re.IGNORECASE)
EPOCHS = re.compile(r"epoch|num_iter|max_steps", re.IGNORECASE)
RATE = re.compile(r"^(lr|learning_rate|eta|step_size)$|_lr$|^lr_", re.IGNORECASE)
SIZE = re.compile(
    r"width|hidden|channel|filter|units|embed|d_model|dim$|dim_|depth|layers|heads|nhead|buckets|d_ff|ffn|feedforward",
    re.IGNORECASE,
)
FRAME = re.compile(r"training_function>?\"?, line (\d+)")
DROPOUT = re.compile(r"drop", re.IGNORECASE)


@dataclass(frozen=True)
class Case:
    """A debug request with its failure read once."""

    request: DebugRequest

    @property
    def status(self) -> Status:
        return self.request.failure.status

    @property
    def kind(self) -> str:
        """The exception's class name, or nothing."""
        return self.request.failure.error.type if self.request.failure.error else ""

    @cached_property
    def message(self) -> str:
        """What was said: the exception's message, or the box's sentence."""
        error = self.request.failure.error
        return error.message if error else self.request.failure.detail

    @cached_property
    def everything(self) -> str:
        """Message, sentence, traceback and the end of stderr, to search in."""
        error, failure = self.request.failure.error, self.request.failure
        parts = [self.kind, self.message, failure.detail, error.traceback if error else "", failure.stderr[-4000:]]
        return "\n".join(parts)

    @property
    def line(self) -> int | None:
        """The innermost line of the generated module."""
        return self.request.failure.error.line if self.request.failure.error else None

    @property
    def phase(self) -> str:
        return self.request.failure.error.phase if self.request.failure.error else ""

    @cached_property
    def lines(self) -> list[int]:
        """Every generated line of the traceback, outermost first."""
        error = self.request.failure.error
        if error is None:
            return []
        numbers = [int(found) for found in FRAME.findall(error.traceback)]
        return numbers or ([error.line] if error.line is not None else [])

    @cached_property
    def source(self) -> Source:
        return Source.read(self.request.function.training_code)

    @property
    def code(self) -> str:
        return self.request.function.training_code

    @property
    def space(self) -> SearchSpace:
        return self.request.function.bo_config

    def value(self, name: str) -> HyperparameterValue | None:
        """What a hyperparameter was in the failed run, else its default."""
        if name in self.request.hyperparameters:
            return self.request.hyperparameters[name]
        return self.space[name].default if name in self.space else None

    def times_tried(self, kind: str) -> int:
        return sum(attempt.correction.kind == kind for attempt in self.request.tried)

    def with_code(self, code: str, explanation: str) -> Correction | None:
        """A correction of the code; None when nothing changed or the result does not parse."""
        if code.strip() == self.code.strip() or Source.read(code).tree is None:
            return None
        return Correction(kind="training_code", explanation=explanation, training_code=code)

    def with_space(self, changes: dict[str, Parameter], explanation: str) -> Correction | None:
        """A correction of the search space; None when its defaults are those that just failed."""
        space: SearchSpace = {**self.space, **changes}
        if all(changed.default == self.value(name) for name, changed in changes.items()):
            return None
        return Correction(kind="bo_config", explanation=explanation, bo_config=space)

    def stop(self, cause: StopCause, explanation: str) -> Correction:
        return Correction(kind="system_issue", explanation=explanation, cause=cause)

    def names_like(self, pattern: re.Pattern[str]) -> list[str]:
        """Numeric hyperparameters whose name says what they are."""
        return [
            name
            for name in self.space
            if pattern.search(name) and isinstance(self.value(name), int | float) and name != "quantization_bits"
        ]

    def scaled(self, pattern: re.Pattern[str], factor: float) -> dict[str, Parameter]:
        """The matching parameters with default and upper end moved by `factor`."""
        changed = {}
        for name in self.names_like(pattern):
            moved = lowered(self.space[name], float(self.value(name) or 0) * factor)
            if moved is not None:
                changed[name] = moved
        return changed


def lowered(parameter: Parameter, ceiling: float) -> Parameter | None:
    """The parameter with nothing above `ceiling`, which becomes its default; None when that is not below it already.

    The lower end gives way, so that a space can be left downwards: never below 1 for integers.
    """
    if isinstance(parameter, CategoricalParameter):
        numbers = [value for value in parameter.categories if isinstance(value, int | float) and value <= ceiling]
        integral = all(isinstance(value, int) for value in parameter.categories)
        if not numbers:
            numbers = [max(1, int(ceiling)) if integral else ceiling]
        best = max(numbers)
        kept: list[HyperparameterValue] = [*numbers]
        return CategoricalParameter(default=best, categories=kept)
    if isinstance(parameter, IntegerParameter):
        value = max(1, int(ceiling))
        return IntegerParameter(default=value, low=min(parameter.low, value), high=value, prior=parameter.prior)
    low = min(parameter.low, ceiling / 10)
    return RealParameter(default=ceiling, low=low, high=ceiling, prior=parameter.prior)


Repair = Callable[[Case], Correction | None]
"""Reads a case and answers with a correction, or None when the case is not its own or it has nothing left to try."""
