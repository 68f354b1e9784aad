"""One strategy tried on one function: compiled, verified, measured."""

from dataclasses import dataclass, field
from types import FunctionType

from runtime.compiler.backend import Backend, Compiled, Refused
from runtime.compiler.backends.dispatch import forget_doubts
from runtime.compiler.calls import Call
from runtime.compiler.measure import Measured, measure
from runtime.compiler.profile import CallTypes
from runtime.compiler.verify import Doubt, Verified, verify

WORTH_IT = 1.05
"""Below this measured speed-up the original stays: it is the simpler of two that are as fast."""


@dataclass
class Attempt:
    """What came of a strategy's backends."""

    made: Compiled | None = None
    agreed: Verified | None = None
    measured: Measured | None = None
    spent: float = 0.0
    """Seconds of compiling, also of what was given up."""
    refused: list[str] = field(default_factory=list)


def attempt(
    backends: list[Backend], function: FunctionType, calls: list[Call], seen: list[CallTypes], seed: int
) -> Attempt:
    """The first of the backends whose result agrees and is faster."""
    found = Attempt()
    for backend in backends:
        made = backend.compile(function, seen)
        if isinstance(made, Refused):
            found.refused.append(made.reason)
            continue
        found.spent += made.compile_s
        agreed = verify(function, made.function, calls, seed)
        if isinstance(agreed, Doubt):
            found.refused.append(f"{made.backend} does something else: {agreed.reason}")
            continue
        forget_doubts(made.function)
        measured = measure(function, made.function, calls, agreed.changes_arguments)
        if measured.speedup >= WORTH_IT:
            found.made, found.agreed, found.measured = made, agreed, measured
            break
        found.refused.append(f"{made.backend} is no faster: {measured.speedup:.2f} ×, measured.")
    return found
