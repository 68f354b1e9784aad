"""The strategy agent on functions of groups that it never saw: share near the best, and time against other deciders.

    python -m evals.benchmarks.strategies [--episodes N] [--grid] [--json]

Every split holds out a fifth of the groups; each function is asked for with several numbers of expected calls. What the
pipeline would go through (refusals, code that is no faster) is added up from the table of real measurements.
"""

import argparse
import json
import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from statistics import mean

from evals.compiler.measure_strategies import TABLE
from runtime.compiler.outcomes import MeasuredFunction, Table
from runtime.compiler.repaid import why_never_repaid
from runtime.compiler.reward import NEAR, best_of, followed
from runtime.compiler.rule import seed_rule
from runtime.compiler.strategy import CodeCharacteristics, CompilationStrategy, StrategyDecision
from runtime.compiler.strategy_agent import StrategyAgent
from runtime.compiler.strategy_training import EPISODES, expected, train

SEEDS = (101, 102, 103)
GRID_SEED = 0
"""The comparison of hyper-parameters has splits of its own."""
FOLDS = 5
CALLS = (100, 1_000, 10_000, 100_000, 1_000_000)
LEARNING_RATES = (0.01, 0.05, 0.1, 0.2)
DISCOUNT_FACTORS = (0.8, 0.9, 0.95, 0.99)
Decide = Callable[[MeasuredFunction, int], list[CompilationStrategy]]


@dataclass
class Sum:
    """What one decider did over all held-out functions and numbers of calls."""

    near: list[bool] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    plain: list[float] = field(default_factory=list)
    best: list[float] = field(default_factory=list)
    surer: list[tuple[float, bool]] = field(default_factory=list)

    def add(self, function: MeasuredFunction, order: list[CompilationStrategy], calls: int) -> bool:
        """Follow the order as the pipeline would; whether it came near the best."""
        taken, least = followed(function, order, calls), best_of(function, calls)[1]
        self.near.append(taken <= NEAR * least)
        self.seconds.append(taken)
        self.plain.append(calls * function.original_s)
        self.best.append(least)
        return self.near[-1]

    def row(self) -> dict[str, float]:
        """Shares near the best, of all and where the best beats plain Python by a tenth; shares of the oracle's gain,
        in seconds and with every function counting alike (logarithms)."""
        logs = [math.log(plain / taken) for plain, taken in zip(self.plain, self.seconds, strict=True)]
        possible = [math.log(plain / least) for plain, least in zip(self.plain, self.best, strict=True)]
        gain = (sum(self.plain) - sum(self.seconds)) / (sum(self.plain) - sum(self.best))
        slower = mean(taken > NEAR * plain for plain, taken in zip(self.plain, self.seconds, strict=True))
        pays = [
            near for near, plain, least in zip(self.near, self.plain, self.best, strict=True) if plain > NEAR * least
        ]
        return {"near_best": mean(self.near), "where_it_pays": mean(pays), "seconds": sum(self.seconds), "gain": gain,
                "log_gain": sum(logs) / sum(possible), "slower_than_plain": slower}  # fmt: skip


def splits(functions: list[MeasuredFunction], seed: int) -> list[tuple[list[MeasuredFunction], list[MeasuredFunction]]]:
    """(training, held out) for every fold of groups."""
    groups = sorted({function.group for function in functions})
    random.Random(seed).shuffle(groups)
    folds = [set(groups[fold::FOLDS]) for fold in range(FOLDS)]
    return [
        ([f for f in functions if f.group not in fold], [f for f in functions if f.group in fold]) for fold in folds
    ]


def ordered(decision: StrategyDecision) -> list[CompilationStrategy]:
    """What the pipeline would try."""
    return [decision.strategy, *(strategy for strategy, _ in decision.alternatives)]


def repaid(function: MeasuredFunction, order: list[CompilationStrategy], calls: int) -> list[CompilationStrategy]:
    """Without what the pipeline knows beforehand that the calls can't repay."""
    seen = expected(function, calls)
    kept = order[: order.index(CompilationStrategy.INTERPRET)] if CompilationStrategy.INTERPRET in order else order
    return [strategy for strategy in kept if not why_never_repaid(strategy, seen)]


def baselines() -> dict[str, Decide]:
    """Deciders that learn nothing."""
    strategies = CompilationStrategy
    return {
        "always interpret": lambda _function, _calls: [strategies.INTERPRET],
        "always numba": lambda _function, _calls: [strategies.OPTIMIZED],
        "the seed's rule": lambda function, calls: ordered(seed_rule(expected(function, calls))),
        "oracle": lambda function, calls: [best_of(function, calls)[0]],
    }


def judge(
    functions: list[MeasuredFunction], make: Callable[[int], StrategyAgent], episodes: int, seeds: tuple[int, ...]
) -> dict[str, Sum]:
    """Every decider over every split."""
    sums = {name: Sum() for name in (*baselines(), "agent", "agent, repaid alone", "agent, no times")}
    for seed in seeds:
        for training, held_out in splits(functions, seed):
            agent = make(seed)
            train(agent, training, episodes, seed)
            for function in held_out:
                for calls in CALLS:
                    for name, decide in baselines().items():
                        sums[name].add(function, decide(function, calls), calls)
                    decision = agent.decide_strategy(expected(function, calls))
                    near = sums["agent"].add(function, ordered(decision), calls)
                    sums["agent, repaid alone"].add(function, repaid(function, ordered(decision), calls), calls)
                    sums["agent"].surer.append((decision.confidence, near))
                    blind: CodeCharacteristics = expected(function, calls, timed=False)
                    sums["agent, no times"].add(function, ordered(agent.decide_strategy(blind)), calls)
    return sums


def main() -> None:
    """Print one line a decider; with --grid also the seed's comparison of hyper-parameters."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--episodes", type=int, default=EPISODES)
    parser.add_argument("--grid", action="store_true", help="compare learning rates and discount factors")
    parser.add_argument("--json", action="store_true")
    wish = parser.parse_args()
    table = Table.load(TABLE)
    sums = judge(table.functions, lambda seed: StrategyAgent(seed=seed), wish.episodes, SEEDS)
    rows = {name: found.row() for name, found in sums.items()}
    if wish.json:
        print(json.dumps(rows, indent=2))
        return
    groups = len({function.group for function in table.functions})
    print(f"{len(table.functions)} functions in {groups} groups, measured on {table.machine}")
    print(f"{len(SEEDS)} × {FOLDS} splits by group (seeds {SEEDS}), expected calls {CALLS}\n")
    heads = ("near best", "where it pays", "seconds", "of oracle’s gain", "each alike", "slower")
    print(f"{'':19} {heads[0]:>9} {heads[1]:>13} {heads[2]:>9} {heads[3]:>17} {heads[4]:>11} {heads[5]:>7}")
    for name, row in rows.items():
        seconds = row["seconds"] / len(SEEDS)
        numbers = f"{row['near_best']:9.1%} {row['where_it_pays']:13.1%} {seconds:9.0f} {row['gain']:17.1%}"
        print(f"{name:19} {numbers} {row['log_gain']:11.1%} {row['slower_than_plain']:7.1%}")
    surer = sums["agent"].surer
    print(f"\nits mean confidence: {mean(c for c, _ in surer):.2f}; of choices above 0.9 near the best: ", end="")
    print(f"{mean([near for confidence, near in surer if confidence > 0.9] or [False]):.1%}")
    if wish.grid:
        _grid(table.functions, wish.episodes)


def _agent(learning_rate: float, discount_factor: float, seed: int) -> StrategyAgent:
    return StrategyAgent(learning_rate, discount_factor, seed=seed)


def _grid(functions: list[MeasuredFunction], episodes: int) -> None:
    print(f"\n{'learning rate':>14}  " + "".join(f"{f'discount {factor}':>15}" for factor in DISCOUNT_FACTORS))
    for rate in LEARNING_RATES:
        rows = [judge(functions, partial(_agent, rate, factor), episodes, (GRID_SEED,)) for factor in DISCOUNT_FACTORS]
        found = [sums["agent"].row() for sums in rows]
        print(f"{rate:14}  " + "".join(f"{row['near_best']:8.1%}/{row['log_gain']:6.1%}" for row in found), flush=True)
    print("near best / of the oracle's gain, each alike")


if __name__ == "__main__":
    main()
