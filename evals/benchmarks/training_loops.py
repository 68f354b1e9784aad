"""The agent for training loops on networks that it never saw: share near the best, and seconds against other deciders.

    python -m evals.benchmarks.training_loops [--episodes N] [--json]

Each loop is held out in turn, alone or with the other batches of its network, and asked for with 10 to 100,000 steps.
A choice that a machine lacks is left out of everything.
"""

import argparse
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean

from runtime.compiler.reward import NEAR
from runtime.compiler.training_loops import EPISODES, LoopAgent, LoopStrategy, LoopTable, MeasuredLoop, train

TABLE = Path(__file__).parents[1] / "compiler" / "loops_cpu.json"
STEPS = (10, 100, 1_000, 10_000, 100_000)
SEEDS = (101, 102, 103)
LOOP, NETWORK = "each loop held out", "each network held out"
Times = dict[LoopStrategy, float]


@dataclass
class Sum:
    """What one decider did over all held-out loops and numbers of steps."""

    near: list[bool] = field(default_factory=list)
    taken: float = 0.0
    best: float = 0.0
    eager: float = 0.0
    xla: float = 0.0

    def add(self, times: Times, chosen: LoopStrategy) -> None:
        """`times` of every possible way."""
        taken, least = times[chosen], min(times.values())
        self.near.append(taken <= NEAR * least)
        self.taken += taken
        self.best += least
        self.eager += times[LoopStrategy.EAGER]
        self.xla += times.get(LoopStrategy.XLA, times[LoopStrategy.EAGER])

    def row(self) -> dict[str, float]:
        """Shares of the seconds that the best choices save over always eager and over always XLA, and how much these
        are of all."""
        gains = {
            f"of_gain_over_{name}": (before - self.taken) / (before - self.best) if before > self.best else 1.0
            for name, before in (("eager", self.eager), ("xla", self.xla))
        }
        return {"near_best": mean(self.near), "seconds": self.taken, **gains}


def times_of(row: MeasuredLoop, steps: int) -> Times:
    """Seconds of every way that could run."""
    found = {strategy: row.seconds(strategy, steps) for strategy in row.choices}
    return {strategy: seconds for strategy, seconds in found.items() if seconds is not None}


def judge(table: LoopTable, whole_networks: bool, episodes: int = EPISODES, seed: int = SEEDS[0]) -> dict[str, Sum]:
    """Every decider; the agent is trained anew for each loop or, with all its batches, each network held out."""
    sums = {name: Sum() for name in (*DECIDERS, "agent", "agent, no times")}
    cases = {(row.name, 0 if whole_networks else row.batch) for row in table.loops}
    for name, batch in sorted(cases):
        held_out = [row for row in table.loops if row.name == name and batch in (0, row.batch)]
        others = [row for row in table.loops if row not in held_out]
        agent = LoopAgent(seed=seed)
        train(agent, [table.model_copy(update={"loops": others})], episodes, seed)
        for row in held_out:
            for steps in STEPS:
                _ask(sums, agent, row, steps, table.device)
    return sums


def _ask(sums: dict[str, Sum], agent: LoopAgent, row: MeasuredLoop, steps: int, device: str) -> None:
    times = times_of(row, steps)
    missing = tuple(strategy for strategy in LoopStrategy if strategy not in times)
    for told, decide in DECIDERS.items():
        sums[told].add(times, decide(times))
    for told, timed in (("agent", True), ("agent, no times", False)):
        seen = row.characteristics(steps, device, timed)
        sums[told].add(times, agent.decide_strategy(seen, missing).strategy)


def _always(strategy: LoopStrategy) -> Callable[[Times], LoopStrategy]:
    return lambda times: strategy if strategy in times else LoopStrategy.EAGER


DECIDERS: dict[str, Callable[[Times], LoopStrategy]] = {
    **{f"always {strategy.value}": _always(strategy) for strategy in LoopStrategy},
    "oracle": lambda times: min(times, key=lambda strategy: times[strategy]),
}
"""Those that learn nothing."""


def main() -> None:
    """Print one line a decider."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--episodes", type=int, default=EPISODES)
    parser.add_argument("--json", action="store_true")
    wish = parser.parse_args()
    table = LoopTable.load(TABLE)
    rows = {
        held_out: _mean([judge(table, held_out == NETWORK, wish.episodes, seed) for seed in SEEDS])
        for held_out in (LOOP, NETWORK)
    }
    if wish.json:
        print(json.dumps(rows, indent=2))
        return
    networks = len({row.name for row in table.loops})
    print(f"{len(table.loops)} loops of {networks} networks, measured on {table.machine}; steps {STEPS}, seeds {SEEDS}")
    for held_out, found in rows.items():
        print(f"\n{held_out:24} {'near best':>9} {'seconds':>9}  of the oracle’s gain over eager, over XLA")
        for name, row in found.items():
            gains = f"{row['of_gain_over_eager']:8.1%} {row['of_gain_over_xla']:8.1%}"
            print(f"{name:24} {row['near_best']:9.1%} {row['seconds']:9.0f} {gains}")


def _mean(found: list[dict[str, Sum]]) -> dict[str, dict[str, float]]:
    """Over the seeds."""
    rows = [{name: held.row() for name, held in sums.items()} for sums in found]
    return {name: {key: mean(row[name][key] for row in rows) for key in values} for name, values in rows[0].items()}


if __name__ == "__main__":
    main()
