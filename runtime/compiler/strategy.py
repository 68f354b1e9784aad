"""How a function may run, what is looked at to choose, and what the choice is."""

from dataclasses import dataclass, field
from enum import StrEnum


class CompilationStrategy(StrEnum):
    """From leaving it alone to machine code ahead of time."""

    INTERPRET = "interpret"
    BYTECODE = "bytecode"
    """An optimised code object: constants folded, globals bound, short loops unrolled."""
    OPTIMIZED = "optimized"
    """Numba, when first called."""
    NATIVE = "native"
    """Cython or mypyc, ahead of time, kept on disk."""


@dataclass(frozen=True)
class CodeCharacteristics:
    """The eleven fields of the seed, read off a function's syntax and its profile, and the time of a call."""

    line_count: int
    complexity: int
    """McCabe's: decisions + 1."""
    call_frequency: int
    """Calls a traced run made."""
    is_recursive: bool
    has_loops: bool
    loop_depth: int
    has_type_hints: bool
    type_certainty: float
    """Share of its arguments and variables whose type a machine type can hold, each weighted with its confidence."""
    arithmetic_operations: int
    control_flow_statements: int
    function_calls: int
    seconds_per_call: float = 0.0
    """Beside the seed's: what one call of the original took, 0 where nobody measured. What compiling costs is worth it
    or not by this."""


@dataclass(frozen=True)
class StrategyDecision:
    """What the strategy agent chose."""

    strategy: CompilationStrategy
    confidence: float
    expected_speedup: float
    """Over the expected calls, what it costs to compile counted in."""
    alternatives: list[tuple[CompilationStrategy, float]] = field(default_factory=list)
    """The other strategies with their expected speed-up, best first."""
    reason: str = ""
