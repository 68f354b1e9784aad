"""How much faster is a compiled function? Both run in turns, by this thread's processor time: other work on the machine
should not count for either."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

from runtime.compiler.calls import Call

ROUNDS = 9
LEAST_S = 0.0003
"""One timing takes at least this long: shorter ones measure the clock."""
LONGEST_S = 3.0


@dataclass(frozen=True)
class Measured:
    """Seconds of processor time of one call, medians over the rounds."""

    original_s: float
    compiled_s: float

    @property
    def speedup(self) -> float:
        """Above 1: the compiled one is faster."""
        return self.original_s / self.compiled_s

    def gain_over(self, calls: int, compile_s: float) -> float:
        """The speed-up over so many calls when it has to be compiled first."""
        return calls * self.original_s / (calls * self.compiled_s + compile_s)


def measure(
    original: Callable[..., Any], candidate: Callable[..., Any], calls: list[Call], changes_arguments: bool
) -> Measured:
    """Times the recorded calls that both are known to agree on; those that raise are left out."""
    usable = [call for call in calls if _returns(candidate, call)][:20]
    if not usable:
        return Measured(1.0, 1.0)
    repeats = 1 if changes_arguments else _repeats(original, usable)
    deadline = time.perf_counter() + LONGEST_S
    times: tuple[list[float], list[float]] = ([], [])
    for turn in range(ROUNDS):
        sides = [(original, times[0]), (candidate, times[1])]
        for function, kept in sides if turn % 2 else reversed(sides):
            kept.append(_once(function, usable, repeats) / (repeats * len(usable)))
        if turn >= 2 and time.perf_counter() > deadline:
            break
    return Measured(median(times[0]), median(times[1]))


def seconds_of(function: Callable[..., Any], calls: list[Call]) -> float:
    """Of one call, roughly: the least of three timings, each of all calls that return; 0 where none does."""
    usable = [call for call in calls if _returns(function, call)][:20]
    return min(_once(function, usable, 1) for _ in range(3)) / len(usable) if usable else 0.0


def _returns(function: Callable[..., Any], call: Call) -> bool:
    try:
        result = call.copied().run(function)
    except Exception:  # noqa: BLE001 - whatever the user's function raises
        return False
    return not hasattr(result, "send")


def _repeats(function: Callable[..., Any], calls: list[Call]) -> int:
    repeats = 1
    while repeats < 10_000 and _once(function, calls, repeats) < LEAST_S:
        repeats *= 4
    return repeats


def _once(function: Callable[..., Any], calls: list[Call], repeats: int) -> float:
    copies = [call.copied() for call in calls]
    start = time.thread_time()
    for _ in range(repeats):
        for call in copies:
            function(*call.arguments, **call.keywords)
    return time.thread_time() - start
