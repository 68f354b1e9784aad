"""Characteristics in few steps, from nothing to all that is known: what was never seen so exactly has a coarser state."""

import math

from runtime.compiler.strategy import CodeCharacteristics

State = tuple[str, ...]
"""One key a level, coarsest first."""


def states_of(seen: CodeCharacteristics) -> State:
    """Keys from the coarsest state to the finest, which holds every field."""
    work = _decades(seen.call_frequency * seen.seconds_per_call, 2)
    call = _decades(seen.seconds_per_call, 1)
    certain = _step(seen.type_certainty, (0.34, 0.67, 0.999))
    loops = min(seen.loop_depth, 2) if seen.has_loops else 0
    arithmetic = _step(seen.arithmetic_operations / max(seen.line_count, 1), (0.15, 0.5))
    shape = f"{loops}{'r' if seen.is_recursive else ''}"
    size = _step(seen.line_count, (4, 8, 14))
    branches = f"{_step(seen.complexity, (2, 4, 7))}{_step(seen.control_flow_statements, (2, 4, 7))}"
    calls = _step(seen.function_calls, (1, 3, 6))
    levels = ["", work, str(certain), shape, f"{call}{arithmetic}", f"{calls}"]
    levels.append(f"{_decades(seen.call_frequency, 1)}{size}{branches}{'h' if seen.has_type_hints else ''}")
    return tuple("/".join(levels[: depth + 1]) for depth in range(len(levels)))


def _decades(value: float, steps: int) -> str:
    """The power of ten in so many steps each; `?` where nothing was measured."""
    return str(math.floor(steps * math.log10(value))) if value > 0 else "?"


def _step(value: float, limits: tuple[float, ...]) -> int:
    return sum(value >= limit for limit in limits)
