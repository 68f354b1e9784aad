from itertools import islice

import pytest
import torch

from evals.compiler import loops


@pytest.mark.parametrize("number", range(4))
def test_every_kind_of_network_takes_steps(number):
    running = loops.Running("eager", next(islice(loops.loops(False), 2 * number, None)), "cpu")
    assert running.steps(1) > 0.0


def test_a_turn_times_steps_in_a_process_of_its_own_and_tells_what_fails():
    turn = loops.Turn(0, "eager", "cpu")
    try:
        assert turn.steps(2) > 0.0
    finally:
        turn.end()
    if not torch.cuda.is_available():
        failing = loops.Turn(0, "eager", "cuda")
        with pytest.raises(RuntimeError, match=r"CUDA|NVIDIA|ended"):
            failing.steps(1)
        failing.end()
