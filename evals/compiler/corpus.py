"""The corpus of small functions: each with a maker of arguments of a realistic size, and a group for the hold-out."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from types import FunctionType
from typing import Any

from runtime.compiler.calls import Call

FILES = (
    "numeric", "series", "lists", "tables", "arrays", "texts", "formats", "recursion", "containers", "graphs",
    "objects", "training",
)  # fmt: skip
CALLS = 3


@dataclass(frozen=True)
class Case:
    """One function."""

    kind: str
    """The file that it is in."""
    group: str
    """Functions that resemble each other: a hold-out holds out all of them."""
    function: FunctionType
    make: Callable[[random.Random], tuple[Any, ...]]

    @property
    def name(self) -> str:
        """`kind.function`."""
        return f"{self.kind}.{self.function.__name__}"

    def calls(self, seed: int = 0) -> list[Call]:
        """A few calls, the same for a seed."""
        chance = random.Random(f"{self.name} {seed}")
        return [Call(self.make(chance)) for _ in range(CALLS)]


def load() -> list[Case]:
    """All of them, in the order of the files."""
    found = []
    for kind in FILES:
        groups = import_module(f"evals.compiler.functions.{kind}").CASES
        for group, members in groups.items():
            found += [Case(kind, group, function, make) for function, make in members]
    return found
