"""What a strategy was worth: the logarithm of the measured speed-up over the expected calls, compiling counted in.

0 is as fast as leaving the function alone, 0.69 twice as fast; seconds spent on code that was not kept are below 0.
"""

import math

from runtime.compiler.outcomes import MeasuredFunction
from runtime.compiler.strategy import CompilationStrategy

NEAR = 1.1
"""Within a tenth of the best: who measures again may find them the other way round."""


def amortised(original_s: float, compiled_s: float, compile_s: float, calls: int) -> float:
    """Of `calls` calls of `original_s` seconds that take `compiled_s` each after compiling."""
    plain = calls * original_s
    return math.log(plain / (calls * compiled_s + compile_s)) if plain > 0.0 else 0.0


def reward_of(function: MeasuredFunction, strategy: CompilationStrategy, calls: int) -> float:
    """Of a measured function; where the original stayed what compiling cost is lost."""
    plain = calls * function.original_s
    return math.log(plain / function.total_s(strategy, calls))


def followed(function: MeasuredFunction, order: list[CompilationStrategy], calls: int) -> float:
    """Seconds when the pipeline tries `order`: until one is kept, or INTERPRET comes."""
    spent = 0.0
    for strategy in order:
        outcome = function.outcomes.get(strategy)
        if outcome is None:
            break
        if outcome.kept:
            return function.total_s(strategy, calls, spent)
        spent += outcome.compile_s
    return calls * function.original_s + spent


def best_of(function: MeasuredFunction, calls: int) -> tuple[CompilationStrategy, float]:
    """The oracle: the strategy that takes least time, and its seconds."""
    totals = {strategy: function.total_s(strategy, calls) for strategy in CompilationStrategy}
    best = min(totals, key=lambda strategy: totals[strategy])
    return best, totals[best]
