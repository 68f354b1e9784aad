"""The seed's rule for a strategy, from before anything was learned: what the strategy agent is compared with."""

from runtime.compiler.strategy import CodeCharacteristics, CompilationStrategy, StrategyDecision

MANY_OPERATIONS = 10
MANY_CALLS = 100


def seed_rule(characteristics: CodeCharacteristics) -> StrategyDecision:
    """Native for loops with much arithmetic, Numba for what is called often, else bytecode."""
    if characteristics.has_loops and characteristics.arithmetic_operations > MANY_OPERATIONS:
        chosen, reason = CompilationStrategy.NATIVE, "It loops over much arithmetic."
    elif characteristics.call_frequency > MANY_CALLS:
        chosen, reason = CompilationStrategy.OPTIMIZED, "It is called often."
    else:
        chosen, reason = CompilationStrategy.BYTECODE, "Nothing asks for machine code."
    order = [CompilationStrategy.OPTIMIZED, CompilationStrategy.NATIVE, CompilationStrategy.BYTECODE]
    others = [(strategy, 1.0) for strategy in order if strategy is not chosen]
    return StrategyDecision(chosen, 0.5, 1.0, others, reason)
