"""What a compiler has to do for the pipeline: one class per `CompilationStrategy`, in `backends/`."""

from collections.abc import Callable
from dataclasses import dataclass
from types import FunctionType
from typing import Any, Protocol

from runtime.compiler.profile import CallTypes
from runtime.compiler.strategy import CompilationStrategy


@dataclass(frozen=True)
class Compiled:
    """A function that may replace the original once both were seen to agree."""

    function: Callable[..., Any]
    compile_s: float
    """What it took; near 0 where it came from the cache."""
    backend: str
    """`bytecode`, `numba 0.68`, `cython 3.3`, …: part of the cache's key."""


@dataclass(frozen=True)
class Refused:
    """Why a backend leaves a function as it is, in one clear sentence."""

    reason: str


class Backend(Protocol):
    """One way to make a function faster. What its package lacks is a `Refused` that names the extra, never an error."""

    strategy: CompilationStrategy

    def compile(self, function: FunctionType, types: list[CallTypes]) -> Compiled | Refused:
        """Compile `function` for the types that it was called with.

        The result keeps Python's meaning or raises `runtime.compiler.guard.Unsure`, upon which the caller runs the
        original: an integer past 64 bits is an error there, never a wrong number.
        """
        ...
