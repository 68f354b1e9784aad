"""Characteristics in few steps, from nothing to all that is known: what was never seen exactly has a coarser state."""

import math

from runtime.compiler.q_learning import State
from runtime.compiler.strategy import CodeCharacteristics


def states_of(seen: CodeCharacteristics) -> State:
    """Keys from the coarsest state to the finest, which holds every field."""
    work = decades(seen.call_frequency * seen.seconds_per_call, 2)
    call = decades(seen.seconds_per_call, 1)
    certain = step(seen.type_certainty, (0.34, 0.67, 0.999))
    loops = min(seen.loop_depth, 2) if seen.has_loops else 0
    arithmetic = step(seen.arithmetic_operations / max(seen.line_count, 1), (0.15, 0.5))
    shape = f"{loops}{'r' if seen.is_recursive else ''}"
    size = step(seen.line_count, (4, 8, 14))
    branches = f"{step(seen.complexity, (2, 4, 7))}{step(seen.control_flow_statements, (2, 4, 7))}"
    calls = step(seen.function_calls, (1, 3, 6))
    looks = f"{size}{branches}{'h' if seen.has_type_hints else ''}"
    levels = ["", work, str(certain), shape, f"{call}.{arithmetic}", str(calls), looks]
    return tuple("/".join(levels[: depth + 1]) for depth in range(len(levels)))


def decades(value: float, steps: int) -> str:
    """The power of ten in so many steps each; `?` where nothing was measured."""
    return str(math.floor(steps * math.log10(value))) if value > 0 else "?"


def step(value: float, limits: tuple[float, ...]) -> int:
    """How many of the limits it reaches."""
    return sum(value >= limit for limit in limits)
