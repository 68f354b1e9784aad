"""Training the strategy agent: episodes over functions that were measured, by what the pipeline would go through."""

import random
from collections.abc import Sequence
from dataclasses import replace

from runtime.compiler.outcomes import MeasuredFunction
from runtime.compiler.reward import reward_of
from runtime.compiler.strategy import CodeCharacteristics, CompilationStrategy
from runtime.compiler.strategy_agent import StrategyAgent

EPISODES = 40_000
FEWEST, MOST = 1.0, 6.5
"""Powers of ten of the expected calls."""
SIGHTS = 8
"""Numbers of expected calls that one function is as good as."""
UNTIMED = 0.15
"""Share of episodes in which the time of a call is not known."""
ABSENT = 0.2
"""Share of episodes in which Numba, and in which a C compiler is not there: that a strategy was refused need not mean
that the function is hard to compile."""


def expected(function: MeasuredFunction, calls: int, timed: bool = True) -> CodeCharacteristics:
    """What the agent sees of a measured function that will be called so often."""
    seconds = function.original_s if timed else 0.0
    return replace(function.characteristics, call_frequency=calls, seconds_per_call=seconds)


def train(agent: StrategyAgent, functions: Sequence[MeasuredFunction], episodes: int = EPISODES, seed: int = 0) -> None:
    """Epsilon-greedy from all at random to little of it; afterwards the agent explores no more."""
    chance = random.Random(seed)
    for episode in range(episodes):
        agent.epsilon = max(0.1, 1.0 - 2.0 * episode / episodes)
        function = functions[chance.randrange(len(functions))]
        calls = round(10 ** chance.uniform(FEWEST, MOST))
        seen = expected(function, calls, chance.random() > UNTIMED)
        machine_code = (CompilationStrategy.OPTIMIZED, CompilationStrategy.NATIVE)
        run_episode(agent, function, seen, [strategy for strategy in machine_code if chance.random() < ABSENT])
    agent.epsilon = 0.0
    agent.count_as(min(1.0, SIGHTS * len(functions) / episodes))
    agent.forget_detail()


def run_episode(
    agent: StrategyAgent, function: MeasuredFunction, seen: CodeCharacteristics, absent: list[CompilationStrategy]
) -> None:
    """Try until something is kept or the function is left alone, and learn from every try."""
    tried = list(absent)
    while len(tried) < len(CompilationStrategy):
        strategy = agent.decide_strategy(seen, tried).strategy
        outcome = function.outcomes.get(strategy)
        kept = outcome is not None and outcome.kept
        agent.update(seen, strategy, reward_of(function, strategy, seen.call_frequency), tried, kept)
        if kept or strategy is CompilationStrategy.INTERPRET:
            return
        tried.append(strategy)
