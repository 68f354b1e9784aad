"""The pipeline: trace, infer, decide, compile, verify, swap. On any doubt the original stays, with the reason."""

import time
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from runtime.compiler.attempt import Attempt, attempt
from runtime.compiler.backend import Backend, Refused
from runtime.compiler.backends.registry import backends
from runtime.compiler.cache import Cache
from runtime.compiler.calls import Call, from_types, seen_in
from runtime.compiler.capture import Recorder, loaded
from runtime.compiler.characteristics import characteristics_of
from runtime.compiler.effects import why_not_repeatable
from runtime.compiler.guesses import Infer, guessed_types
from runtime.compiler.measure import Measured, seconds_of
from runtime.compiler.profile import CallTypes
from runtime.compiler.repaid import why_never_repaid, why_not_repaid
from runtime.compiler.reward import amortised
from runtime.compiler.source import Source, source_of
from runtime.compiler.strategy import CodeCharacteristics, CompilationStrategy, StrategyDecision
from runtime.compiler.strategy_agent import SHIPPED, StrategyAgent
from runtime.compiler.swap import Places, functions_in
from runtime.compiler.verify import Verified

EXPECTED_CALLS = 1000
RUNS = 100
HOT = 0.02
"""Share of a program's time, callees included, below which a function is not looked at."""
FROM_CACHE_S = 0.2
"""A compiler that took less had it in its cache: nothing to learn from of what compiling costs."""

Decide = Callable[[CodeCharacteristics], StrategyDecision]
Learn = Callable[[CodeCharacteristics, CompilationStrategy, float, list[CompilationStrategy], bool], None]
"""Like `StrategyAgent.update`."""


@dataclass(frozen=True)
class CompilationResult:
    """What became of one function."""

    name: str
    function: Callable[..., Any]
    """What to call from now on: the original wherever anything was in doubt."""
    strategy: CompilationStrategy
    """How it runs now."""
    backend: str = "python"
    compile_time: float = 0.0
    """Seconds, of the attempts that were given up, too."""
    metrics: dict[str, float] = field(default_factory=dict)
    """`estimated_speedup` (measured, in spite of its name: the seed's), `original_s` and `compiled_s` of one call,
    `speedup_with_compilation` over the expected calls, `verified_calls`."""
    refused: list[str] = field(default_factory=list)
    """What was tried or asked and not done, one sentence each."""
    decision: StrategyDecision | None = None

    @property
    def speedup(self) -> float:
        """Measured side by side; 1 where the original stays."""
        return self.metrics.get("estimated_speedup", 1.0)


@dataclass
class Optimized:
    """What became of a program's functions."""

    results: dict[str, CompilationResult] = field(default_factory=dict)
    """By qualified name."""
    places: Places = field(default_factory=Places)

    def restore(self) -> None:
        """The program as it was."""
        self.places.restore()


class AICompilationPipeline:
    """`decide` (None: the shipped agent) and `infer` are the two learned agents, or what stands in for them; `learn`
    hears what was measured."""

    def __init__(
        self,
        cache_dir: Path,
        decide: Decide | None = None,
        infer: Infer | None = None,
        by_strategy: Mapping[CompilationStrategy, list[Backend]] | None = None,
        seed: int = 0,
        learn: Learn | None = None,
    ) -> None:
        """Raises `InputError` when `cache_dir` isn't the user's alone."""
        self.decide = decide or StrategyAgent.load_model(SHIPPED).decide_strategy
        self.infer, self.learn, self.seed = infer, learn, seed
        self.by_strategy = by_strategy or backends(Cache(cache_dir))

    def compile_with_strategy(
        self,
        code: str | FunctionType,
        strategy: CompilationStrategy | None,
        calls: list[Call] | None = None,
        call_types: list[CallTypes] | None = None,
        expected_calls: int = EXPECTED_CALLS,
    ) -> CompilationResult:
        """Compile one function (of `code`, the last one that it defines) and say what it brought.

        `strategy` None: as `decide` says, and only what the expected calls repay. `calls` are replayed to verify and to
        measure; without them values are made up for `call_types`, and without these for types that `infer` or a few
        tries suggest.
        """
        function = loaded(code) if isinstance(code, str) else code
        source = source_of(function)
        if isinstance(source, Refused):
            return _left(function, [source.reason])
        refused = why_not_repeatable(source)
        if refused:
            return _left(function, [refused.reason])
        calls = calls or from_types(call_types or guessed_types(function, source, self.infer, self.seed), self.seed)
        if not calls:
            return _left(function, [f"No calls of {function.__name__} are known: nothing to compare on."])
        seen = call_types or seen_in(function, calls)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # random arguments overflow on purpose
            looks = replace(
                characteristics_of(source.node, seen, expected_calls),
                has_type_hints=bool(function.__annotations__),
                seconds_per_call=seconds_of(function, calls),
            )
            decision = self.decide(looks)
            if strategy:
                return self._first_good(function, [strategy], calls, seen, looks, decision, True)
            order = [decision.strategy, *(other for other, _ in decision.alternatives)]
            return self._first_good(function, order, calls, seen, looks, decision, False)

    def optimize(
        self, program: ModuleType | Iterable[FunctionType], run: Callable[[], Any], runs: int = RUNS
    ) -> "Optimized":
        """Run a program once, compile what takes its time, and put what agrees and is faster in the originals' places.

        `run` is called once, with calls of the module's functions, or of those given, being kept; what it raises
        passes. `runs`: how often as much will be done again, for the agent to weigh compiling against.
        """
        functions = functions_in(program)
        recorder = Recorder({function.__code__.co_filename for function in functions})
        begun = time.perf_counter()
        with recorder:
            run()
        seconds = time.perf_counter() - begun
        optimized = Optimized()
        compiled = [(function, self._worth_while(function, recorder, seconds, runs)) for function in functions]
        for function, result in compiled:
            optimized.results[result.name] = result
            if result.function is not function and not optimized.places.put(function, result.function):
                result.refused.append(f"No name of a module or class holds {result.name} itself: it is not replaced.")
        return optimized

    def _worth_while(self, function: FunctionType, recorder: Recorder, seconds: float, runs: int) -> CompilationResult:
        """What came of it; it is left alone when its calls took little of the program's seconds."""
        calls, count = recorder.of(function), recorder.count(function)
        if not calls:
            told = "with values that can't be copied" if count else "in this run"
            return _left(function, [f"{function.__qualname__} was {'only' if count else 'not'} called {told}."])
        source = source_of(function)
        if isinstance(source, Source) and why_not_repeatable(source) is None:
            share = seconds_of(function, calls) * count / seconds
            if share < HOT:
                return _left(function, [f"{function.__qualname__} took about {share:.1%} of the time."])
        return self.compile_with_strategy(function, None, calls, expected_calls=count * runs)

    def _first_good(
        self,
        function: FunctionType,
        order: list[CompilationStrategy],
        calls: list[Call],
        seen: list[CallTypes],
        looks: CodeCharacteristics,
        decision: StrategyDecision,
        at_any_price: bool,
    ) -> CompilationResult:
        refused: list[str] = []
        tried: list[CompilationStrategy] = []
        spent = 0.0
        for strategy in order:
            if strategy is CompilationStrategy.INTERPRET:
                break
            never = "" if at_any_price else why_never_repaid(strategy, looks)
            if never:
                refused.append(never)
                continue
            found = attempt(self.by_strategy.get(strategy, []), function, calls, seen, self.seed)
            spent += found.spent
            refused += found.refused
            self._learn(looks, strategy, found, tried)
            if found.made and found.measured and found.agreed:
                metrics = _metrics(found.measured, found.agreed, spent, looks.call_frequency)
                name, made = function.__qualname__, found.made
                gain = metrics["speedup_with_compilation"]
                loss = "" if at_any_price else why_not_repaid(made.backend, gain, spent, looks)
                if loss:
                    return _left(function, [*refused, loss], spent, decision)
                return CompilationResult(name, made.function, strategy, made.backend, spent, metrics, refused, decision)
            tried.append(strategy)
        return _left(function, refused, spent, decision)

    def _learn(
        self,
        looks: CodeCharacteristics,
        strategy: CompilationStrategy,
        found: Attempt,
        tried: list[CompilationStrategy],
    ) -> None:
        """Tell the agent what this try was worth over the expected calls."""
        machine_code = strategy is not CompilationStrategy.BYTECODE
        if self.learn is None or (machine_code and 0.0 < found.spent < FROM_CACHE_S) or not looks.seconds_per_call:
            return
        before = found.measured.original_s if found.measured else looks.seconds_per_call
        after = found.measured.compiled_s if found.measured else before
        reward = amortised(before, after, found.spent, looks.call_frequency)
        self.learn(looks, strategy, reward, list(tried), found.made is not None)


def _left(
    function: FunctionType, refused: list[str], spent: float = 0.0, decision: StrategyDecision | None = None
) -> CompilationResult:
    """The original stays."""
    kept = CompilationStrategy.INTERPRET
    return CompilationResult(function.__qualname__, function, kept, "python", spent, {}, refused, decision)


def _metrics(measured: Measured, agreed: Verified, spent: float, expected_calls: int) -> dict[str, float]:
    return {
        "estimated_speedup": measured.speedup,
        "original_s": measured.original_s,
        "compiled_s": measured.compiled_s,
        "speedup_with_compilation": measured.gain_over(expected_calls, spent),
        "verified_calls": agreed.recorded + agreed.random,
    }
