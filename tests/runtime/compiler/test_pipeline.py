"""The original stays on any doubt, with the reason."""

from types import FunctionType

import pytest

from runtime.compiler.backend import Compiled, Refused
from runtime.compiler.calls import Call
from runtime.compiler.pipeline import AICompilationPipeline
from runtime.compiler.prediction import TypePrediction
from runtime.compiler.rule import seed_rule
from runtime.compiler.strategy import CodeCharacteristics, CompilationStrategy, StrategyDecision
from runtime.errors import InputError
from tests.runtime.compiler import samples

SEED_EXAMPLE = """
def example(n):
    total = 0
    for i in range(n):
        total += i * i
    return total
"""
OPTIMIZED, BYTECODE = CompilationStrategy.OPTIMIZED, CompilationStrategy.BYTECODE


class Scripted:
    """A backend that answers with one function or refusal."""

    strategy = OPTIMIZED

    def __init__(self, answer):
        self.answer = answer

    def compile(self, function, types):  # noqa: ARG002
        return self.answer if isinstance(self.answer, Refused) else Compiled(self.answer, 0.5, "scripted")


def pipeline(tmp_path, *answers, decide=seed_rule, infer=None):
    backends = {OPTIMIZED: [Scripted(answer) for answer in answers]}
    return AICompilationPipeline(tmp_path / "cache", decide, infer, backends)


def quick_factorial(n):
    import math

    return math.factorial(n) if n > 0 else 1


def test_a_faster_function_that_agrees_takes_over(tmp_path):
    made = pipeline(tmp_path, Refused("Not I."), quick_factorial)
    result = made.compile_with_strategy(samples.factorial, OPTIMIZED, [Call((200,))])
    assert result.function is quick_factorial and result.strategy is OPTIMIZED and result.speedup > 1.05
    assert result.refused == ["Not I."] and result.compile_time == 0.5
    assert result.metrics["estimated_speedup"] == result.speedup
    assert result.metrics["speedup_with_compilation"] < result.speedup


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Refused("It can't."), "It can't."),
        (lambda _: 1.0, "does something else"),
        (lambda n: samples.factorial(n) * 0 + samples.factorial(n), "no faster"),
    ],
    ids=["refused", "wrong", "slow"],
)
def test_the_original_stays_otherwise(tmp_path, answer, why):
    result = pipeline(tmp_path, answer).compile_with_strategy(samples.factorial, OPTIMIZED, [Call((20,))])
    assert result.function is samples.factorial and result.strategy is CompilationStrategy.INTERPRET
    assert why in result.refused[0] and result.speedup == 1.0


@pytest.mark.parametrize(("function", "why"), [(samples.noisy, "random"), (samples.logged, "may change LOG")])
def test_what_is_not_the_same_twice_is_left(tmp_path, function, why):
    result = pipeline(tmp_path, function).compile_with_strategy(function, OPTIMIZED, [Call((1,))])
    assert isinstance(result.function, FunctionType) and result.function is function and why in result.refused[0]


def test_the_decision_is_asked_and_its_alternatives_are_tried(tmp_path):
    asked = []

    def decide(characteristics: CodeCharacteristics) -> StrategyDecision:
        asked.append(characteristics)
        return StrategyDecision(BYTECODE, 0.9, 2.0, [(OPTIMIZED, 1.5)])

    made = pipeline(tmp_path, quick_factorial, decide=decide)
    result = made.compile_with_strategy(samples.factorial, None, [Call((200,))], expected_calls=10**6)
    assert result.strategy is OPTIMIZED and asked[0].call_frequency == 10**6 and asked[0].loop_depth == 1


def test_types_come_from_the_engine_where_it_is_sure(tmp_path):
    seen = []

    class Looks(Scripted):
        def compile(self, function, types):  # noqa: ARG002
            seen.extend(types)
            return Refused("Only looking.")

    made = AICompilationPipeline(
        tmp_path / "cache", infer=lambda *_: TypePrediction("int", 0.9), by_strategy={OPTIMIZED: [Looks(None)]}
    )
    made.compile_with_strategy(SEED_EXAMPLE, OPTIMIZED)
    assert {tuple(types.arg_types) for types in seen} == {("int",)}


def test_code_that_can_not_be_loaded_is_named(tmp_path):
    for code, why in (("x = 1", "defines no function"), ("def f(:", "SyntaxError"), ("1 / 0", "ZeroDivisionError")):
        with pytest.raises(InputError, match=why):
            pipeline(tmp_path).compile_with_strategy(code, OPTIMIZED)


@pytest.mark.parametrize(
    ("calls", "why"),
    [
        (1, "optimized: the one call to come would take under 10 ms in all"),
        (2_000, "scripted is faster, but 0.5 s of compiling don't come back in the 2,000 calls to come: 0."),
    ],
)
def test_what_the_expected_calls_do_not_repay_is_left_alone(tmp_path, calls, why, monkeypatch):
    monkeypatch.setattr("runtime.compiler.pipeline.seconds_of", lambda *_: 100e-6)
    made = pipeline(tmp_path, quick_factorial, decide=lambda _: StrategyDecision(OPTIMIZED, 0.9, 2.0))
    result = made.compile_with_strategy(samples.factorial, None, [Call((200,))], expected_calls=calls)
    assert result.strategy is CompilationStrategy.INTERPRET and result.function is samples.factorial
    assert why in result.refused[-1]
    asked = made.compile_with_strategy(samples.factorial, OPTIMIZED, [Call((200,))], expected_calls=calls)
    assert asked.strategy is OPTIMIZED, "who names a strategy gets it"


def test_it_tells_the_agent_what_every_try_was_worth(tmp_path):
    heard = []
    backends = {
        BYTECODE: [Scripted(Refused("Not I."))],
        OPTIMIZED: [Scripted(Refused("Nor I.")), Scripted(quick_factorial)],
    }

    def decide(_: CodeCharacteristics) -> StrategyDecision:
        return StrategyDecision(BYTECODE, 0.9, 1.0, [(OPTIMIZED, 1.0)])

    made = AICompilationPipeline(
        tmp_path / "cache", decide, by_strategy=backends, learn=lambda *told: heard.append(told)
    )
    result = made.compile_with_strategy(samples.factorial, None, [Call((200,))], expected_calls=10**7)
    (_, first, nothing, before, kept), (looks, second, reward, tried, took_over) = heard
    assert (first, nothing, before, kept) == (BYTECODE, 0.0, [], False)
    assert (second, tried, took_over) == (OPTIMIZED, [BYTECODE], True) and reward > 0.0
    assert looks.seconds_per_call > 0.0 and looks.call_frequency == 10**7
    assert result.refused == ["Not I.", "Nor I."]


def test_the_seeds_rule():
    few = CodeCharacteristics(5, 2, 10, False, False, 0, False, 0.5, 1, 1, 1)
    assert seed_rule(few).strategy is BYTECODE
    often = CodeCharacteristics(5, 2, 1000, False, False, 0, False, 0.5, 1, 1, 1)
    assert seed_rule(often).strategy is OPTIMIZED
    loops = CodeCharacteristics(50, 20, 10, False, True, 3, True, 0.9, 50, 10, 5)
    assert seed_rule(loops).strategy is CompilationStrategy.NATIVE
