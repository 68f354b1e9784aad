"""`arxla learn strategy`: train the strategy agent from the table of measured functions, and show what it decides."""

from pathlib import Path

from arxla.written import writable
from evals.compiler.measure_strategies import TABLE
from runtime.compiler.outcomes import MeasuredFunction, Table
from runtime.compiler.reward import NEAR, best_of, followed
from runtime.compiler.strategy import CodeCharacteristics, CompilationStrategy
from runtime.compiler.strategy_agent import StrategyAgent, own_file
from runtime.compiler.strategy_training import expected, train
from runtime.settings import load_settings

CALLS = (100, 10_000, 1_000_000)
NUMERIC = CodeCharacteristics(20, 8, 100_000, False, True, 3, True, 1.0, 14, 6, 2, 0.0005)
TEXT = CodeCharacteristics(5, 2, 10, False, False, 0, False, 0.5, 1, 1, 1, 0.00001)


def learn_strategy(
    episodes: int, table: Path | None, learning_rate: float, discount_factor: float, seed: int, out: Path | None
) -> None:
    """Raises `InputError` when the table is none, or nothing can be written."""
    measured = Table.load(table or TABLE)
    out = out or own_file(load_settings().arxla_cache_dir)
    writable(out)
    agent = StrategyAgent(learning_rate, discount_factor, seed=seed)
    train(agent, measured.functions, episodes, seed)
    agent.save_model(out)
    known = share_near_best(agent, measured.functions)
    print(f"Learned from {len(measured.functions)} functions measured on {measured.machine}: {episodes} episodes.")
    print(f"On these same functions {known:.0%} of its choices are within {NEAR - 1:.0%} of the best.")
    for told, seen in (("numeric loops, called often", NUMERIC), ("a little text, called ten times", TEXT)):
        decision = agent.decide_strategy(seen)
        print(f"  {told}: {decision.strategy.value} ({decision.confidence:.0%}), {decision.expected_speedup:.1f} ×")
    print(f"Saved as {out}.")


def order_of(agent: StrategyAgent, seen: CodeCharacteristics) -> list[CompilationStrategy]:
    """What the pipeline would try, in order."""
    decision = agent.decide_strategy(seen)
    return [decision.strategy, *(strategy for strategy, _ in decision.alternatives)]


def share_near_best(agent: StrategyAgent, functions: list[MeasuredFunction]) -> float:
    """Of functions and expected calls: how often the time is within a tenth of the best strategy's."""
    near = [
        followed(function, order_of(agent, expected(function, calls)), calls) <= NEAR * best_of(function, calls)[1]
        for function in functions
        for calls in CALLS
    ]
    return sum(near) / len(near)
