from itertools import islice

import pytest
import torch

from evals.compiler import loops
from evals.compiler.networks import loops as all_loops
from runtime.compiler.training_loops import LoopStrategy
from runtime.harness.loop import network_of


@pytest.mark.parametrize("number", range(4))
def test_every_family_of_networks_takes_steps(number):
    loop = next(islice(all_loops(False), number, None))
    assert loops.Running(LoopStrategy.EAGER, loop, "cpu").steps(1) > 0.0


def test_the_harness_knows_the_families():
    assert all(network_of(loop.make()) == loop.family for loop in all_loops(True) if loop.batch < 64)


def test_a_turn_times_steps_in_a_process_of_its_own_and_tells_what_fails():
    turn = loops.Turn(0, LoopStrategy.EAGER, "cpu")
    try:
        assert turn.steps(2) > 0.0
    finally:
        turn.end()
    if not torch.cuda.is_available():
        failing = loops.Turn(0, LoopStrategy.EAGER, "cuda")
        with pytest.raises(RuntimeError, match=r"CUDA|NVIDIA|ended"):
            failing.steps(1)
        failing.end()
