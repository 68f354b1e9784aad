"""The strategy agent: Q-learning over discretised characteristics, from rewards that were measured."""

import hashlib
import math
from collections.abc import Collection
from pathlib import Path

from runtime.compiler.q_learning import QLearner
from runtime.compiler.states import states_of
from runtime.compiler.strategy import CodeCharacteristics, CompilationStrategy, StrategyDecision

SHIPPED = Path(__file__).with_name("models") / "strategy_agent.json"


class StrategyAgent(QLearner):
    """Chooses how a function should run, and learns from what came of it."""

    actions = tuple(CompilationStrategy)

    def decide_strategy(
        self, characteristics: CodeCharacteristics, tried: Collection[CompilationStrategy] = ()
    ) -> StrategyDecision:
        """The best strategy, and what to try next where a backend refuses it. `tried`: what was refused already."""
        ranked = self.ranked(states_of(characteristics), tried)
        (chosen, value), others = ranked.order[0], ranked.order[1:]
        expected = math.exp(value.q)
        alternatives = [(CompilationStrategy(name), math.exp(other.q)) for name, other in others]
        reason = f"Functions like it with as much to do were {expected:.2f} × as fast, compiling included."
        if not any(value.visits for _, value in ranked.order):
            reason = "Nothing like it was seen yet."
        elif chosen == CompilationStrategy.INTERPRET and alternatives:
            best = alternatives[0][1]
            reason = f"Functions like it with as much to do were {best:.2f} × as fast at best, compiling included."
        return StrategyDecision(CompilationStrategy(chosen), ranked.confidence, expected, alternatives, reason)

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
        self.learn(states_of(characteristics), tried, strategy, reward, goes_on)


def own_file(folder: Path) -> Path:
    """Where what the shipped agent learned on this machine is kept; a newly shipped agent begins anew."""
    return folder / f"strategy_agent-{hashlib.sha256(SHIPPED.read_bytes()).hexdigest()[:8]}.json"


def agent_in_use(folder: Path) -> StrategyAgent:
    """The shipped agent with what it learned here, if anything. Raises `InputError` for a damaged file."""
    own = own_file(folder)
    return StrategyAgent.load_model(own if own.exists() else SHIPPED)
