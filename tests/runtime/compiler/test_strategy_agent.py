import json
import math
from dataclasses import replace
from pathlib import Path

import pytest

from runtime.compiler.outcomes import MeasuredFunction, Outcome, Table
from runtime.compiler.reward import amortised, best_of, followed, reward_of
from runtime.compiler.states import states_of
from runtime.compiler.strategy import CodeCharacteristics, CompilationStrategy
from runtime.compiler.strategy_agent import SHIPPED, StrategyAgent
from runtime.compiler.strategy_training import expected, train
from runtime.errors import InputError

INTERPRET, BYTECODE, OPTIMIZED, NATIVE = CompilationStrategy
LOOPS = CodeCharacteristics(12, 4, 1, False, True, 2, False, 1.0, 9, 4, 1)
TEXT = CodeCharacteristics(5, 2, 1, False, False, 0, False, 0.0, 0, 1, 4)
LEFT = Outcome(backend="python", compile_s=0.0, speedup=1.0, reason="nothing to do")


def measured(name, looks, optimized, native):
    outcomes = {BYTECODE: LEFT, OPTIMIZED: optimized, NATIVE: native}
    return MeasuredFunction(
        name=name, kind="k", group=name, digest="", characteristics=looks, original_s=1e-4, outcomes=outcomes
    )


NUMERIC = measured(
    "numeric",
    LOOPS,
    Outcome(backend="numba", compile_s=1.0, speedup=50.0),
    Outcome(backend="c", compile_s=9, speedup=60),
)
STRINGS = measured("strings", TEXT, LEFT, Outcome(backend="mypyc", compile_s=9.0, speedup=2.0))
HOPELESS = measured(
    "hopeless", replace(TEXT, type_certainty=1.0), LEFT, Outcome(backend="python", compile_s=9, speedup=1)
)
ALL = [NUMERIC, STRINGS, HOPELESS]


def trained(episodes=3000, **given):
    agent = StrategyAgent(**{"prior_visits": 0.05} | given)
    train(agent, ALL, episodes)
    return agent


def test_it_learns_what_pays_for_what_kind_of_function_and_how_often_it_is_called():
    agent = trained()
    assert agent.decide_strategy(expected(NUMERIC, 1_000_000)).strategy in (OPTIMIZED, NATIVE)
    assert agent.decide_strategy(expected(NUMERIC, 20)).strategy in (INTERPRET, BYTECODE)
    assert agent.decide_strategy(expected(HOPELESS, 1000)).strategy in (INTERPRET, BYTECODE, OPTIMIZED)
    decision = agent.decide_strategy(expected(STRINGS, 2_000_000))
    order = [decision.strategy, *(strategy for strategy, _ in decision.alternatives)]
    assert followed(STRINGS, order, 2_000_000) == best_of(STRINGS, 2_000_000)[1]
    assert (
        0.5 < decision.confidence <= 1.0
        and 1.5 < agent.decide_strategy(expected(STRINGS, 2_000_000), [OPTIMIZED]).expected_speedup < 2.5
    )


def test_what_was_refused_is_left_out_and_every_alternative_is_named_once():
    decision = trained().decide_strategy(expected(NUMERIC, 1_000_000), [OPTIMIZED])
    named = [decision.strategy, *(strategy for strategy, _ in decision.alternatives)]
    assert sorted(named) == sorted({INTERPRET, BYTECODE, NATIVE})


def test_a_refusal_is_worth_what_comes_after_it_discounted():
    seen = expected(NUMERIC, 1000)
    agent = StrategyAgent(discount_factor=0.5)
    agent.update(seen, NATIVE, 2.0, [OPTIMIZED])
    agent.update(seen, OPTIMIZED, 0.0, [], kept=False)
    after = agent.value(states_of(seen), [OPTIMIZED], NATIVE).q
    assert agent.values[f":{states_of(seen)[-1]}"]["optimized"].q == pytest.approx(0.5 * after)


def test_a_state_never_visited_answers_by_the_coarser_ones():
    agent = trained()
    stranger = replace(expected(NUMERIC, 1_000_000), function_calls=9, line_count=80, control_flow_statements=30)
    assert states_of(stranger)[-1] != states_of(expected(NUMERIC, 1_000_000))[-1]
    assert agent.decide_strategy(stranger).strategy in (OPTIMIZED, NATIVE)
    nothing = StrategyAgent().decide_strategy(stranger)
    assert nothing.strategy is INTERPRET and "Nothing" in nothing.reason


def test_it_learns_on_from_what_it_sees_in_use():
    agent = trained()
    seen = expected(NUMERIC, 1_000_000)
    for _ in range(40):
        agent.update(seen, OPTIMIZED, -1.0)
        agent.update(seen, NATIVE, -1.0)
    assert agent.decide_strategy(seen).strategy in (INTERPRET, BYTECODE)


def test_the_same_seed_makes_the_same_agent_and_a_file_keeps_it(tmp_path):
    one, two = trained(seed=3), trained(seed=3)
    one.save_model(tmp_path / "one.json")
    two.save_model(tmp_path / "two.json")
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()
    again = StrategyAgent.load_model(tmp_path / "one.json")
    seen = expected(NUMERIC, 1_000_000)
    assert again.decide_strategy(seen).strategy is one.decide_strategy(seen).strategy
    assert again.learning_rate == one.learning_rate


def test_exploring_tries_other_strategies():
    agent = trained()
    agent.epsilon = 1.0
    seen = expected(NUMERIC, 1_000_000)
    assert {agent.decide_strategy(seen).strategy for _ in range(60)} == set(CompilationStrategy)


@pytest.mark.parametrize(
    "change",
    [
        {"version": 7},
        {"values": {":": {"fast": [0, 1, 0]}}},
        {"values": {":": {"native": [0, -1, 0]}}},
        {"values": {":": {"native": [0, 1]}}},
        {"values": [1]},
    ],
)
def test_a_file_that_is_no_agent_is_refused_in_one_sentence(tmp_path, change):
    path = tmp_path / "agent.json"
    StrategyAgent().save_model(path)
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(InputError, match="no agent that"):
        StrategyAgent.load_model(path)


def test_rewards_count_what_compiling_costs_over_the_expected_calls():
    assert amortised(1.0, 0.5, 0.0, 10) == pytest.approx(math.log(2))
    assert amortised(1.0, 0.5, 5.0, 10) == pytest.approx(0.0)
    assert reward_of(NUMERIC, OPTIMIZED, 100) < 0 < reward_of(NUMERIC, OPTIMIZED, 1_000_000)
    assert reward_of(NUMERIC, INTERPRET, 100) == 0.0
    assert followed(HOPELESS, [NATIVE, INTERPRET], 1000) == pytest.approx(9.1)
    assert followed(NUMERIC, [BYTECODE, OPTIMIZED], 10_000) == pytest.approx(1.0 + 1.0 / 50)


def test_the_table_comes_back_and_a_broken_one_is_refused(tmp_path):
    path = tmp_path / "table.json"
    Table(machine="m", functions=ALL).save(path)
    assert Table.load(path).functions == ALL
    path.write_text("{}")
    with pytest.raises(InputError, match="no table"):
        Table.load(path)


def test_the_shipped_agent_knows_numeric_loops_from_a_little_text():
    agent = StrategyAgent.load_model(SHIPPED)
    heavy = replace(LOOPS, call_frequency=1_000_000, seconds_per_call=1e-3)
    assert agent.decide_strategy(heavy).strategy in (OPTIMIZED, NATIVE)
    light = replace(TEXT, call_frequency=10, seconds_per_call=1e-6)
    assert agent.decide_strategy(light).strategy in (INTERPRET, BYTECODE)


def test_a_file_may_be_named_by_a_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    StrategyAgent().save_model("models/mine.json")
    assert StrategyAgent.load_model("models/mine.json").values == {}
