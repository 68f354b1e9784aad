"""What a trial is worth: one module a kind of suite, with small functions named after what they say."""

from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any

from evals.contracts import Case, Scorer, SuiteKind
from runtime.errors import InputError

LESS_IS_BETTER = ("_kb", "_seconds", "_usd", "_tokens", "_rounds")
"""Endings of plain figures."""


def less_is_better(name: str) -> bool:
    """Whether a lower figure of that name is the better one."""
    return f"_{name}".endswith(LESS_IS_BETTER)


def scorers_of(kind: SuiteKind, names: Iterable[str] = ()) -> dict[str, Scorer]:
    """The scorers of a kind by name, all of them or those of `names`. Raises `InputError` for an unknown name."""
    module = import_module(f"evals.scorers.{kind}")
    known: dict[str, Scorer] = {scorer.__name__: scorer for scorer in module.SCORERS}
    for name in names:
        if name not in known:
            raise InputError(f"{name!r} is no scorer of the kind {kind}; there are {', '.join(known)}.")
    return {name: known[name] for name in names} if names else known


def figures_of(kind: SuiteKind) -> frozenset[str]:
    """The scores that are figures even where each happens to be 0 or 1, such as a share that is whole in every case."""
    module = import_module(f"evals.scorers.{kind}")
    return frozenset(scorer.__name__ for scorer in getattr(module, "FIGURES", ()))


def required_of(kind: SuiteKind) -> tuple[str, ...]:
    """The scores that must be 1 for a trial to pass as a test; where a module names none, its first."""
    module = import_module(f"evals.scorers.{kind}")
    return tuple(getattr(module, "REQUIRED", (module.SCORERS[0].__name__,)))


def alarms_of(kind: SuiteKind) -> Callable[[Case, dict[str, Any]], list[str]]:
    """What looks through a trial's output for what nobody may overlook."""
    none: Callable[[Case, dict[str, Any]], list[str]] = lambda _case, _output: []  # noqa: E731
    return getattr(import_module(f"evals.scorers.{kind}"), "alarms", none)
