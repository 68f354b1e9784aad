"""The contract of every optimiser, and what it is told about its problem."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from typing import Protocol, cast

from runtime.errors import ArxlaError, InputError
from runtime.search_space import Hyperparameters, SearchSpace

INITIAL_DESIGN = 5
"""Points of a space-filling design that the model-based tuners measure, the defaults included, before they model."""


class TunerError(ArxlaError):
    """The optimiser itself broke or kept silent, after bounded restarts."""


@dataclass(frozen=True)
class Suggestion:
    """A point to measure; `index` is the tuner's own number for it, the key of `tell` and `abandon`."""

    index: int
    hyperparameters: Hyperparameters


@dataclass(frozen=True)
class TunerSpec:
    """What a tuner is built from."""

    space: SearchSpace
    """Only what may vary: fixed values are taken out before."""
    constraints: list[str] = field(default_factory=list)
    """Relations between hyperparameters; a tuner uses those it can, the study projects every suggestion on all."""
    seed: int = 0
    size_limit_kb: float | None = None
    skip: int = 0
    """Draws that an earlier process already used (a resumed study), so that a seeded sequence goes on."""


class Tuner(Protocol):
    """Suggests points and learns from them. Objectives are finite and higher is better. Not safe for several threads.

    A tuner keeps nothing on disk: a study is resumed by attaching its recorded trials to a new tuner.
    """

    name: str

    def ask(self) -> Suggestion:
        """The next point; several may be open at once. Raises `TunerError`."""
        ...

    def tell(self, index: int, objective: float, size_kb: float | None) -> None:
        """The objective of an open suggestion. Raises `ValueError` if it is not finite, or `index` is not open."""
        ...

    def abandon(self, index: int, reason: str) -> None:
        """An open suggestion has no value and must not be suggested again. Raises `ValueError` if it is not open."""
        ...

    def attach(self, hyperparameters: Hyperparameters, objective: float | None, size_kb: float | None) -> None:
        """A point measured elsewhere, corrected, or from a resumed study; None says that it failed."""
        ...

    def close(self) -> None:
        """Free what the tuner holds; may be called twice, and from another thread during `ask`."""
        ...


TUNERS = {
    "ax": "tools.tuning.ax_tuner:AxTuner",
    "optuna": "tools.tuning.optuna_tuner:OptunaTuner",
    "random": "tools.tuning.random_tuner:RandomTuner",
}


@contextmanager
def open_tuner(name: str, spec: TunerSpec) -> Iterator[Tuner]:
    """Import and build a tuner by its short name, and close it at the end.

    Raises `InputError` for an unknown name or an extra that is not installed.
    """
    if name not in TUNERS:
        raise InputError(f"There is no tuner {name!r}; choose one of {', '.join(sorted(TUNERS))}.")
    module, _, attribute = TUNERS[name].partition(":")
    try:
        make = cast("Callable[[TunerSpec], Tuner]", getattr(import_module(module), attribute))
    except ModuleNotFoundError as error:
        raise InputError(
            f"The tuner {name!r} needs {error.name}; install it with: pip install 'arxla[{name}]'."
        ) from error
    tuner = make(spec)
    try:
        yield tuner
    finally:
        tuner.close()
