import json

import pytest

from runtime.compiler.training_loops import (
    LoopAgent,
    LoopCharacteristics,
    LoopStrategy,
    LoopTable,
    loop_agent,
    train,
)
from runtime.errors import InputError


def table(device, **choices):
    loop = {"name": "mlp", "network": "mlp", "parameters": 9000, "batch": 32, "example": [64]}
    rows = [loop | {"choices": choices}]
    return LoopTable.model_validate_json(json.dumps({"version": 1, "machine": "m", "device": device, "loops": rows}))


CPU = table(
    "cpu",
    eager={"startup_s": 0.0, "step_s": 0.01},
    **{"torch.compile": {"startup_s": 10.0, "step_s": 0.004}},
    xla={"startup_s": 4.0, "step_s": 0.02},
)
CUDA = table(
    "cuda",
    eager={"startup_s": 0.1, "step_s": 0.002},
    **{"torch.compile": {"startup_s": 8.0, "step_s": 0.0015}},
    xla={"reason": "torch_xla is not installed."},
)


def test_compiling_a_loop_pays_once_it_takes_many_steps():
    agent = LoopAgent(prior_visits=0.05)
    train(agent, [CPU, CUDA], 3000)
    few, many = (LoopCharacteristics("mlp", 9000, 32, steps, "cpu") for steps in (50, 90_000))
    assert agent.decide_strategy(few).strategy is LoopStrategy.EAGER
    decision = agent.decide_strategy(many)
    assert decision.strategy is LoopStrategy.COMPILED and 2.0 < decision.expected_speedup < 2.6
    without = agent.decide_strategy(many, (LoopStrategy.COMPILED,))
    assert LoopStrategy.COMPILED not in [without.strategy, *(name for name, _ in without.alternatives)]


def test_the_seconds_of_all_steps_tell_more_than_their_number():
    agent = LoopAgent(prior_visits=0.05)
    train(agent, [CPU], 3000)
    quick, slow = (LoopCharacteristics("mlp", 9000, 32, 90_000, "cpu", step_s) for step_s in (1e-5, 0.01))
    assert agent.decide_strategy(slow).strategy is LoopStrategy.COMPILED
    assert agent.decide_strategy(quick).strategy is not LoopStrategy.COMPILED


def test_nothing_measured_stays_eager():
    decision = LoopAgent().decide_strategy(LoopCharacteristics("gru", 10, 8, 100, "tpu"))
    assert decision.strategy is LoopStrategy.EAGER and "stays eager" in decision.reason


def test_a_broken_table_is_refused(tmp_path):
    path = tmp_path / "loops.json"
    path.write_text('{"version": 1}')
    with pytest.raises(InputError, match="no table of measured training loops"):
        LoopTable.load(path)


def test_the_shipped_agent_answers():
    decision = loop_agent().decide_strategy(LoopCharacteristics("mlp", 9000, 32, 50, "cpu"))
    assert decision.strategy is LoopStrategy.EAGER and decision.confidence > 0.5
