"""The strategy agent: Q-learning over discretised characteristics, from rewards that were measured.

A state is what a function looks like and which strategies were tried in vain; a step is a try. It ends with code that
was kept or with INTERPRET; a refusal leads to the next state, whose worth comes back discounted.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist
from typing import Any

from runtime.compiler.states import State, states_of
from runtime.compiler.strategy import CodeCharacteristics, CompilationStrategy, StrategyDecision
from runtime.errors import InputError

VERSION = 1
LEAST_SPREAD = 0.05
"""Rewards of two functions differ at least so much where they look alike."""
Actions = tuple[str, ...]


@dataclass
class Value:
    """What one action was worth in one state."""

    q: float = 0.0
    visits: float = 0.0
    spread: float = 0.0
    """Mean square of the difference to `q`."""


class QTable:
    """Values of actions in states of several levels: a fine state is believed as far as it was visited."""

    def __init__(self, actions: Actions, learning_rate: float, discount_factor: float, prior_visits: float) -> None:
        self.actions = actions
        self.learning_rate, self.discount_factor, self.prior_visits = learning_rate, discount_factor, prior_visits
        self.values: dict[str, dict[str, Value]] = {}

    def value(self, state: State, tried: Collection[str], action: str) -> Value:
        """The coarsest state's, drawn towards ever finer ones that were visited."""
        found = Value()
        for key in _keys(state, tried):
            known = self.values.get(key, {}).get(action)
            if known is not None and known.visits:
                weight = known.visits / (known.visits + self.prior_visits)
                found.q += weight * (known.q - found.q)
                found.spread += weight * (known.spread - found.spread)
                found.visits = known.visits
        return found

    def order(self, state: State, tried: Collection[str] = ()) -> list[tuple[str, Value]]:
        """Every action in the order of trying: each the best one once those before it failed."""
        failed, made = list(tried), []
        while left := [action for action in self.actions if action not in failed]:
            best = max(left, key=lambda action: self.value(state, failed, action).q)
            made.append((best, self.value(state, failed, best)))
            failed.append(best)
        return made

    def learn(self, state: State, tried: Collection[str], action: str, reward: float, goes_on: bool) -> None:
        """One step of Q-learning, on every level. `goes_on`: the action failed, the next one is tried."""
        target = reward
        left = [other for other in self.actions if other != action and other not in tried]
        if goes_on and left:
            target += self.discount_factor * max(self.value(state, [*tried, action], other).q for other in left)
        for key in _keys(state, tried):
            known = self.values.setdefault(key, {}).setdefault(action, Value())
            known.visits += 1.0
            rate = max(self.learning_rate, 1.0 / known.visits)
            difference = target - known.q
            known.q += rate * difference
            known.spread += rate * (difference * difference * (1.0 - rate) - known.spread)

    def count_as(self, share: float) -> None:
        """Let visits weigh `share` of what they did: a function seen a hundred times in training is one function."""
        for held in self.values.values():
            for value in held.values():
                value.visits *= share

    def as_data(self) -> dict[str, dict[str, list[float]]]:
        """For JSON."""
        return {
            key: {action: [round(v.q, 3), round(v.visits, 2), round(v.spread, 3)] for action, v in held.items()}
            for key, held in sorted(self.values.items())
        }

    def take(self, data: Any) -> None:
        """What `as_data` made. Raises `ValueError` or `TypeError` for anything else."""
        for key, held in data.items():
            for action, numbers in held.items():
                q, visits, spread = (float(number) for number in numbers)
                if (
                    action not in self.actions
                    or not all(map(math.isfinite, (q, visits, spread)))
                    or min(visits, spread) < 0
                ):
                    raise ValueError(f"{action} in the state {key} has no sensible value")
                self.values.setdefault(str(key), {})[action] = Value(q, visits, spread)


def _keys(state: State, tried: Collection[str]) -> list[str]:
    failed = "".join(sorted(name[0] for name in tried))
    return [f"{failed}:{level}" for level in state]


class StrategyAgent:
    """Chooses how a function should run, and learns from what came of it."""

    def __init__(
        self,
        learning_rate: float = 0.05,
        discount_factor: float = 0.99,
        epsilon: float = 0.0,
        prior_visits: float = 2.0,
        seed: int = 0,
    ) -> None:
        """`epsilon`: share of decisions that try something at random, to learn; 0 in use."""
        self.epsilon, self.chance = epsilon, random.Random(seed)
        self.table = QTable(tuple(CompilationStrategy), learning_rate, discount_factor, prior_visits)

    def decide_strategy(
        self, characteristics: CodeCharacteristics, tried: Collection[CompilationStrategy] = ()
    ) -> StrategyDecision:
        """The best strategy, and what to try next where a backend refuses it. `tried`: what was refused already."""
        state = states_of(characteristics)
        order = self.table.order(state, tried)
        if self.epsilon and self.chance.random() < self.epsilon:
            self.chance.shuffle(order)
        (chosen, value), others = order[0], order[1:]
        alternatives = [(CompilationStrategy(name), math.exp(other.q)) for name, other in others]
        confidence = _surer(value, others[0][1]) if others else 1.0
        reason = f"Functions like it with as much to do were {math.exp(value.q):.2f} × as fast, compiling included."
        if not value.visits:
            reason = "Nothing like it was seen yet."
        return StrategyDecision(CompilationStrategy(chosen), confidence, math.exp(value.q), alternatives, reason)

    def update(
        self,
        characteristics: CodeCharacteristics,
        strategy: CompilationStrategy,
        reward: float,
        tried: Collection[CompilationStrategy] = (),
        kept: bool = True,
    ) -> None:
        """Learn from a measured reward (`reward.amortised`). `kept` False: the strategy was refused or no faster."""
        goes_on = not kept and strategy is not CompilationStrategy.INTERPRET
        self.table.learn(states_of(characteristics), tried, strategy, reward, goes_on)

    def save_model(self, path: Path) -> None:
        """As JSON."""
        path.parent.mkdir(parents=True, exist_ok=True)
        table = self.table
        head = {"version": VERSION, "learning_rate": table.learning_rate, "discount_factor": table.discount_factor}
        data = {**head, "prior_visits": table.prior_visits, "values": table.as_data()}
        path.write_text(json.dumps(data, separators=(",", ":")) + "\n")

    @classmethod
    def load_model(cls, path: Path) -> StrategyAgent:
        """Raises `InputError` when it is no model of this version."""
        try:
            data = json.loads(path.read_text())
            if data["version"] != VERSION:
                raise ValueError(f"version {data['version']}")
            agent = cls(data["learning_rate"], data["discount_factor"], prior_visits=data["prior_visits"])
            agent.table.take(data["values"])
        except (OSError, KeyError, TypeError, ValueError, AttributeError) as fault:
            raise InputError(f"{path} is no strategy agent that `arxla learn strategy` wrote: {fault}.") from fault
        return agent


def _surer(first: Value, second: Value) -> float:
    """The chance that the first is the better one for this function, by the spread of rewards of functions like it."""
    spread = math.sqrt(first.spread + second.spread) + LEAST_SPREAD
    return NormalDist().cdf((first.q - second.q) / spread)
