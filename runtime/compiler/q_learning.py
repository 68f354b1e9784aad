"""Q-learning over states of several levels: a fine state is believed as far as it was visited.

A state is what is known and which actions were tried in vain; a step is a try. It ends with one that worked; one that
failed leads to the next state, whose worth comes back discounted.
"""

from __future__ import annotations

import json
import math
import os
import random
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist
from typing import Any, Self

from runtime.compiler.reward import NEAR
from runtime.errors import InputError

VERSION = 1
LEAST_SPREAD = 0.05
"""Rewards of two cases differ at least so much where they look alike."""
FAINT = 0.05
"""Visits, counted in cases, below which a state isn't worth keeping in a file."""
State = tuple[str, ...]
"""One key a level, coarsest first."""


@dataclass
class Value:
    """What one action was worth in one state."""

    q: float = 0.0
    visits: float = 0.0
    spread: float = 0.0
    """Mean square of the difference to `q`."""


@dataclass(frozen=True)
class Ranked:
    """Actions in the order of trying, with the chance that the first one is within a tenth of the second or better."""

    order: list[tuple[str, Value]]
    confidence: float


class QLearner:
    """A table of values, what explores with it, and its file."""

    actions: tuple[str, ...]

    def __init__(
        self,
        learning_rate: float = 0.1,
        discount_factor: float = 0.9,
        epsilon: float = 0.0,
        prior_visits: float = 2.0,
        seed: int = 0,
    ) -> None:
        """`epsilon`: share of decisions that try something at random, to learn; 0 in use. `prior_visits`: as many
        visits of a fine state are believed as much as the coarser one."""
        self.learning_rate, self.discount_factor, self.prior_visits = learning_rate, discount_factor, prior_visits
        self.epsilon, self.chance = epsilon, random.Random(seed)
        self.values: dict[str, dict[str, Value]] = {}

    def value(self, state: State, tried: Collection[str], action: str) -> Value:
        """The coarsest state's, drawn towards ever finer ones that were visited."""
        found = self._drawn(_keys(state, tried), action)
        # Where nobody ever came to it after such failures, what it was worth as a first try is all that is known.
        return found if found.visits or not tried else self._drawn(_keys(state, ()), action)

    def _drawn(self, keys: list[str], action: str) -> Value:
        found = Value()
        for key in keys:
            known = self.values.get(key, {}).get(action)
            if known is not None and known.visits:
                weight = known.visits / (known.visits + self.prior_visits)
                found.q += weight * (known.q - found.q)
                found.spread += weight * (known.spread - found.spread)
                found.visits = known.visits
        return found

    def ranked(self, state: State, tried: Collection[str] = ()) -> Ranked:
        """Each the best one once those before it failed; at random for a share `epsilon` of the times."""
        failed = list(tried)
        order: list[tuple[str, Value]] = []
        confidence = 1.0
        while left := [action for action in self.actions if action not in failed]:
            values = {action: self.value(state, failed, action) for action in left}
            best = max(left, key=lambda action: values[action].q)
            if not order and len(left) > 1:
                second = max((action for action in left if action != best), key=lambda action: values[action].q)
                confidence = _surer(values[best], values[second])
            order.append((best, values[best]))
            failed.append(best)
        if self.epsilon and self.chance.random() < self.epsilon:
            self.chance.shuffle(order)
        return Ranked(order, confidence)

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
        """Let visits weigh `share` of what they did: a case seen a hundred times in training is one case."""
        for held in self.values.values():
            for value in held.values():
                value.visits *= share

    def forget_detail(self, least: float = 0.03) -> None:
        """Drop what a fine state adds to the coarser ones where that is next to nothing."""
        for key in sorted(self.values, key=lambda key: key.count("/")):
            parts = key.split("/")
            coarser = ["/".join(parts[:depth]) for depth in range(1, len(parts))]
            for action, value in list(self.values[key].items()):
                weight = value.visits / (value.visits + self.prior_visits)
                if weight * abs(value.q - self._drawn(coarser, action).q) < least:
                    del self.values[key][action]
            if not self.values[key]:
                del self.values[key]

    def save_model(self, path: Path | str) -> None:
        """As JSON; replaces the file in one step."""
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        head = {"version": VERSION, "learning_rate": self.learning_rate, "discount_factor": self.discount_factor}
        lines = []
        for key, held in sorted(self.values.items()):
            kept = {
                action: [round(v.q, 2), round(v.visits, 2), round(v.spread, 2)]
                for action, v in held.items()
                if v.visits >= FAINT
            }
            if kept:
                lines.append(f"{json.dumps(key)}:{json.dumps(kept, separators=(',', ':'))}")
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        first = json.dumps({**head, "prior_visits": self.prior_visits}).removesuffix("}")
        beside.write_text(first + ', "values": {\n' + ",\n".join(lines) + "\n}}\n")
        beside.replace(path)

    @classmethod
    def load_model(cls, path: Path | str) -> Self:
        """Raises `InputError` when it is no model of this version."""
        try:
            data = json.loads(Path(path).read_text())
            if data["version"] != VERSION:
                raise ValueError(f"version {data['version']}")
            agent = cls(data["learning_rate"], data["discount_factor"], prior_visits=data["prior_visits"])
            agent.values = {key: agent._checked(key, held) for key, held in data["values"].items()}
        except (OSError, KeyError, TypeError, ValueError, AttributeError) as fault:
            raise InputError(f"{path} is no agent that `arxla learn strategy` wrote: {fault}.") from fault
        return agent

    def _checked(self, key: str, held: dict[str, Any]) -> dict[str, Value]:
        """Raises `ValueError` or `TypeError` for what `save_model` can't have written."""
        values = {action: Value(float(q), float(n), float(spread)) for action, (q, n, spread) in held.items()}
        for action, value in values.items():
            finite = all(map(math.isfinite, (value.q, value.visits, value.spread)))
            if action not in self.actions or not finite or min(value.visits, value.spread) < 0:
                raise ValueError(f"{action} in the state {key} has no sensible value")
        return values


def _keys(state: State, tried: Collection[str]) -> list[str]:
    failed = "".join(sorted(name[0] for name in tried))
    return [f"{failed}:{level}" for level in state]


def _surer(first: Value, second: Value) -> float:
    """By the spread of rewards of cases like it."""
    spread = math.sqrt(first.spread + second.spread) + LEAST_SPREAD
    return NormalDist().cdf((first.q - second.q + math.log(NEAR)) / spread)
