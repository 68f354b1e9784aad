"""Which way a training loop should run: the strategy agent's learning on measured loops.

A loop pays once for capture and compilation and then less a step: the more steps it will take, the more that may cost.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import ClassVar

from runtime.compiler.q_learning import QLearner, State
from runtime.compiler.reward import NEAR, amortised
from runtime.compiler.versioned import Part, VersionedFile

SHIPPED = Path(__file__).with_name("models") / "loop_agent.json"
EPISODES = 6_000
FEWEST, MOST = 1.0, 5.0
"""Powers of ten of the steps."""
SIGHTS = 8
"""Numbers of steps that one loop is as good as."""
TIMED = 0.5
"""Share of episodes in which the seconds of an eager step are known."""


class LoopStrategy(StrEnum):
    """How PyTorch runs the steps."""

    EAGER = "eager"
    COMPILED = "torch.compile"
    XLA = "xla"


@dataclass(frozen=True)
class LoopCharacteristics:
    """What is known of a training loop before it runs."""

    network: str
    """`mlp`, `cnn`, `cnn1d`, `recurrent` or `transformer`."""
    parameters: int
    batch: int
    steps: int
    """Of all epochs together."""
    device: str
    """`cpu` or `cuda`."""
    step_s: float = 0.0
    """Of an eager step; 0 where nobody measured."""


@dataclass(frozen=True)
class LoopDecision:
    """What the agent chose for a loop."""

    strategy: LoopStrategy
    confidence: float
    expected_speedup: float
    """Over eager and all steps, what it costs to compile counted in."""
    alternatives: list[tuple[LoopStrategy, float]] = field(default_factory=list)
    reason: str = ""


class LoopChoice(Part):
    """One loop run one way; with a `reason` it could not be."""

    startup_s: float = 0.0
    step_s: float = 0.0
    reason: str = ""


class MeasuredLoop(Part):
    """One row of what `evals.compiler.loops` writes."""

    name: str
    network: str
    parameters: int
    batch: int
    example: list[int]
    choices: dict[LoopStrategy, LoopChoice]

    def characteristics(self, steps: int, device: str, timed: bool) -> LoopCharacteristics:
        """What is known of it before so many steps; `timed`: after a plain run on this device."""
        step_s = self.choices[LoopStrategy.EAGER].step_s if timed else 0.0
        return LoopCharacteristics(self.network, self.parameters, self.batch, steps, device, step_s)

    def seconds(self, strategy: LoopStrategy, steps: int) -> float | None:
        """For so many steps; None where it could not run."""
        choice = self.choices[strategy]
        return None if choice.reason else choice.startup_s + steps * choice.step_s


class LoopTable(VersionedFile):
    """Loops measured on one machine."""

    what: ClassVar[str] = "table of measured training loops"
    machine: str
    device: str
    loops: list[MeasuredLoop]


class LoopAgent(QLearner):
    """Chooses between eager, torch.compile and XLA for a training loop."""

    actions = tuple(LoopStrategy)

    def decide_strategy(self, seen: LoopCharacteristics, tried: tuple[LoopStrategy, ...] = ()) -> LoopDecision:
        """The best way, and what to try next where it fails. `tried`: what failed already or isn't there."""
        ranked = self.ranked(loop_states(seen), tried)
        order = [(LoopStrategy(name), math.exp(value.q)) for name, value in ranked.order]
        reason = f"Loops like it with as many steps were {order[0][1]:.2f} × as fast as eager ones."
        if order[0][1] < NEAR and not self.epsilon:
            order.sort(key=lambda found: found[0] is not LoopStrategy.EAGER)
            reason = f"No other way was {NEAR} × as fast for loops like it: measured again, it may be the slower one."
        if not any(value.visits for _, value in ranked.order):
            reason = "No loop like it was measured: it stays eager."
        (chosen, expected), *alternatives = order
        return LoopDecision(chosen, ranked.confidence, expected, alternatives, reason)

    def update(
        self, seen: LoopCharacteristics, strategy: LoopStrategy, reward: float, tried: tuple[LoopStrategy, ...] = ()
    ) -> None:
        """Learn from a measured reward: the logarithm of the speed-up over eager, compiling included."""
        self.learn(loop_states(seen), tried, strategy, reward, goes_on=False)


def loop_states(seen: LoopCharacteristics) -> State:
    """From the device alone to all that is known; what compiling may cost is best told by the seconds of all steps."""
    size = round(math.log10(max(seen.parameters, 1)))
    work = f"{_half_decades(seen.steps * seen.step_s)}s" if seen.step_s else f"{_half_decades(seen.steps)}"
    levels = ["", seen.device, work, seen.network, f"{size}", f"{int(seen.batch >= 128)}"]
    return tuple("/".join(levels[: depth + 1]) for depth in range(len(levels)))


def _half_decades(value: float) -> int:
    return math.floor(2 * math.log10(value)) if value > 0 else 0


def train(agent: LoopAgent, tables: list[LoopTable], episodes: int = EPISODES, seed: int = 0) -> None:
    """Epsilon-greedy over measured loops and numbers of steps."""
    chance = random.Random(seed)
    rows = [(table.device, row) for table in tables for row in table.loops if row.seconds(LoopStrategy.EAGER, 1)]
    for episode in range(episodes if rows else 0):
        agent.epsilon = max(0.1, 1.0 - 2.0 * episode / episodes)
        device, row = rows[chance.randrange(len(rows))]
        steps = round(10 ** chance.uniform(FEWEST, MOST))
        seen = row.characteristics(steps, device, chance.random() < TIMED)
        missing = tuple(name for name in LoopStrategy if row.seconds(name, steps) is None)
        strategy = agent.decide_strategy(seen, missing).strategy
        agent.update(seen, strategy, loop_reward(row, strategy, steps), missing)
    agent.epsilon = 0.0
    agent.count_as(min(1.0, SIGHTS * len(rows) / max(episodes, 1)))
    agent.forget_detail()


def loop_reward(row: MeasuredLoop, strategy: LoopStrategy, steps: int) -> float:
    """Of a way that could run."""
    eager, chosen = row.choices[LoopStrategy.EAGER], row.choices[strategy]
    return amortised(eager.step_s + eager.startup_s / steps, chosen.step_s, chosen.startup_s, steps)


def loop_agent() -> LoopAgent:
    """The shipped one."""
    return LoopAgent.load_model(SHIPPED)
