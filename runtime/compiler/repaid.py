"""Whether what it costs to compile comes back over the calls to come; where it does not, the original is left alone."""

from runtime.compiler.strategy import CodeCharacteristics, CompilationStrategy

LEAST_S = {
    CompilationStrategy.BYTECODE: 0.0,
    CompilationStrategy.OPTIMIZED: 0.09,
    CompilationStrategy.NATIVE: 2.3,
}
"""Seconds that no function of the measured corpus was compiled in less than."""


def why_never_repaid(strategy: CompilationStrategy, looks: CodeCharacteristics) -> str:
    """Known before anything is compiled; empty when it may be."""
    plain = looks.call_frequency * looks.seconds_per_call
    if not plain or plain >= LEAST_S[strategy]:
        return ""
    least = f"and to compile so takes {LEAST_S[strategy]:g} s at least"
    return f"{strategy.value}: {_calls(looks)} would take {_seconds(plain)} in all as they are, {least}."


def why_not_repaid(backend: str, gain: float, spent: float, looks: CodeCharacteristics) -> str:
    """Known once it was compiled and measured; `gain`: over these calls, compiling included. Empty when it is."""
    if gain >= 1.0:
        return ""
    told = f"{_seconds(spent)} of compiling don't come back in {_calls(looks)}"
    return f"{backend} is faster, but {told}: {gain:.2f} × with it."


def _calls(looks: CodeCharacteristics) -> str:
    return f"the {looks.call_frequency:,} calls to come" if looks.call_frequency != 1 else "the one call to come"


def _seconds(seconds: float) -> str:
    return f"{seconds:.2g} s" if 0.01 <= seconds < 10.0 else f"{seconds:.0f} s" if seconds >= 10.0 else "under 10 ms"
