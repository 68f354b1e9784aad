"""The pipeline: trace, infer, decide, compile, verify, swap. On any doubt the original stays, with the reason."""

import linecache
import types
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice, product
from pathlib import Path
from typing import Any

from runtime.compiler.backend import Backend, Compiled, Refused
from runtime.compiler.backends.dispatch import forget_doubts
from runtime.compiler.backends.registry import backends
from runtime.compiler.cache import Cache
from runtime.compiler.calls import Call, from_types, seen_in
from runtime.compiler.characteristics import characteristics_of
from runtime.compiler.effects import why_not_repeatable
from runtime.compiler.measure import Measured, measure, seconds_of
from runtime.compiler.prediction import TypePrediction
from runtime.compiler.profile import CallTypes
from runtime.compiler.reward import amortised
from runtime.compiler.source import Source, source_of
from runtime.compiler.strategy import CodeCharacteristics, CompilationStrategy, StrategyDecision
from runtime.compiler.strategy_agent import SHIPPED, StrategyAgent
from runtime.compiler.verify import Doubt, Verified, verify
from runtime.errors import InputError

WORTH_IT = 1.05
"""Below this measured speed-up the original stays: it is the simpler of two that are as fast."""
EXPECTED_CALLS = 1000
SURE_ENOUGH = 0.6
GUESSES = ("int", "float", "list[float]", "list[int]", "ndarray[float64, 1]", "ndarray[float64, 2]", "str", "list[str]")

FROM_CACHE_S = 0.2
"""A compiler that took less had it in its cache: nothing to learn from of what compiling costs."""

INSIDE = {
    "list": ("list[float]", "list[int]", "list[list[float]]"),
    "ndarray": ("ndarray[float64, 1]", "ndarray[float64, 2]"),
    "tuple": ("tuple[int, int]", "tuple[float, float]"),
    "dict": ("dict[str, int]", "dict[str, float]"),
}
"""What to try where the engine tells no more than the outermost part."""
MOST_TRIED = 12

Decide = Callable[[CodeCharacteristics], StrategyDecision]
Infer = Callable[[str, str], TypePrediction]
"""Of a file's text and `function.argument`, like `TypeInferenceEngine.infer_type`."""
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
        code: str | types.FunctionType,
        strategy: CompilationStrategy | None,
        calls: list[Call] | None = None,
        call_types: list[CallTypes] | None = None,
        expected_calls: int = EXPECTED_CALLS,
    ) -> CompilationResult:
        """Compile one function (of `code`, the last one that it defines) and say what it brought.

        `strategy` None: as `decide` says. `calls` are replayed to verify and to measure; without them values are made
        up for `call_types`, and without these for types that `infer` or a few tries suggest.
        """
        function = loaded(code) if isinstance(code, str) else code
        source = source_of(function)
        if isinstance(source, Refused):
            return _left(function, [source.reason])
        refused = why_not_repeatable(source)
        if refused:
            return _left(function, [refused.reason])
        calls = calls or from_types(call_types or self._inferred(function, source), self.seed)
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
            order = [strategy] if strategy else [decision.strategy, *(other for other, _ in decision.alternatives)]
            return self._first_good(function, order, calls, seen, looks, decision)

    def _first_good(
        self,
        function: types.FunctionType,
        order: list[CompilationStrategy],
        calls: list[Call],
        seen: list[CallTypes],
        looks: CodeCharacteristics,
        decision: StrategyDecision,
    ) -> CompilationResult:
        refused: list[str] = []
        tried: list[CompilationStrategy] = []
        spent = 0.0
        for strategy in order:
            if strategy is CompilationStrategy.INTERPRET:
                break
            attempt = self._attempt(function, strategy, calls, seen)
            spent += attempt.spent
            refused += attempt.refused
            self._learn(looks, strategy, attempt, tried)
            if attempt.made and attempt.measured and attempt.agreed:
                metrics = _metrics(attempt.measured, attempt.agreed, spent, looks.call_frequency)
                name, made = function.__qualname__, attempt.made
                return CompilationResult(name, made.function, strategy, made.backend, spent, metrics, refused, decision)
            tried.append(strategy)
        return _left(function, refused, spent, decision)

    def _attempt(
        self, function: types.FunctionType, strategy: CompilationStrategy, calls: list[Call], seen: list[CallTypes]
    ) -> "_Attempt":
        """The first of the strategy's backends whose result agrees and is faster."""
        attempt = _Attempt()
        for backend in self.by_strategy.get(strategy, []):
            made = backend.compile(function, seen)
            if isinstance(made, Refused):
                attempt.refused.append(made.reason)
                continue
            attempt.spent += made.compile_s
            agreed = verify(function, made.function, calls, self.seed)
            if isinstance(agreed, Doubt):
                attempt.refused.append(f"{made.backend} does something else: {agreed.reason}")
                continue
            forget_doubts(made.function)
            measured = measure(function, made.function, calls, agreed.changes_arguments)
            if measured.speedup >= WORTH_IT:
                attempt.made, attempt.agreed, attempt.measured = made, agreed, measured
                break
            attempt.refused.append(f"{made.backend} is no faster: {measured.speedup:.2f} ×, measured.")
        return attempt

    def _learn(
        self,
        looks: CodeCharacteristics,
        strategy: CompilationStrategy,
        attempt: "_Attempt",
        tried: list[CompilationStrategy],
    ) -> None:
        """Tell the agent what this try was worth over the expected calls."""
        machine_code = strategy is not CompilationStrategy.BYTECODE
        if self.learn is None or (machine_code and 0.0 < attempt.spent < FROM_CACHE_S) or not looks.seconds_per_call:
            return
        before = attempt.measured.original_s if attempt.measured else looks.seconds_per_call
        after = attempt.measured.compiled_s if attempt.measured else before
        reward = amortised(before, after, attempt.spent, looks.call_frequency)
        self.learn(looks, strategy, reward, list(tried), attempt.made is not None)

    def _inferred(self, function: types.FunctionType, source: Source) -> list[CallTypes]:
        """Types of its arguments by the engine where it is sure enough, else the first guess that runs."""
        for names in [*self._predicted(function, source), *([guess] * len(source.arguments) for guess in GUESSES)]:
            tried = _types(names)
            calls = from_types([tried], self.seed)
            if calls and not isinstance(verify(function, function, calls, self.seed), Doubt) and _runs(function, calls):
                return [tried]
        return []

    def _predicted(self, function: types.FunctionType, source: Source) -> list[list[str]]:
        """Types of which values can be made up, where the engine is sure enough of every argument's kind."""
        if not self.infer or not source.arguments:
            return []
        text = "".join(linecache.getlines(function.__code__.co_filename))
        name = function.__qualname__.replace("<locals>.", "")
        try:
            predictions = [self.infer(text, f"{name}.{argument}") for argument in source.arguments]
        except InputError:  # the file is no longer what was loaded
            return []
        if any(prediction.confidence < SURE_ENOUGH for prediction in predictions):
            return []
        kinds = [prediction.predicted_type for prediction in predictions]
        return [list(names) for names in islice(product(*(INSIDE.get(kind, (kind,)) for kind in kinds)), MOST_TRIED)]


@dataclass
class _Attempt:
    """One strategy's backends tried on one function."""

    made: Compiled | None = None
    agreed: Verified | None = None
    measured: Measured | None = None
    spent: float = 0.0
    refused: list[str] = field(default_factory=list)


def _types(names: list[str]) -> CallTypes:
    return CallTypes(arg_types=names, return_type="Any")


def _runs(function: types.FunctionType, calls: list[Call]) -> bool:
    try:
        for call in calls:
            call.copied().run(function)
    except Exception:  # noqa: BLE001 - whatever the user's function raises
        return False
    return True


def _left(
    function: types.FunctionType, refused: list[str], spent: float = 0.0, decision: StrategyDecision | None = None
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


def loaded(code: str) -> types.FunctionType:
    """The last function that `code` defines. Runs `code`. Raises `InputError`."""
    name = f"<compiled {abs(hash(code)):x}>"
    linecache.cache[name] = (len(code), None, code.splitlines(keepends=True), name)
    scope: dict[str, Any] = {"__name__": "compiled"}
    try:
        exec(compile(code, name, "exec"), scope)
    except Exception as fault:
        raise InputError(f"The code can't be loaded: {type(fault).__name__}: {fault}.") from fault
    found = [value for value in scope.values() if isinstance(value, types.FunctionType)]
    if not found:
        raise InputError("The code defines no function.")
    return found[-1]
