"""How a training loop runs is the agent's choice, kept only where the same training gains by it."""

import numpy
import pytest

from runtime.compiler.training_loops import LoopAgent, LoopDecision, LoopStrategy
from runtime.job import ErrorReport, ExecutionResult, Status
from runtime.search_space import defaults
from tools.execution import loop
from tools.execution.comparison import Measured, PlainRun, compared
from tools.execution.loop import choose_loop
from tools.execution.training import train

EAGER, COMPILED, XLA = LoopStrategy
TRAINED = {
    "claims": {"train_losses": [1.0], "val_losses": [1.0], "val_acc": [0.9]}, "epochs": 1, "parameters": 8970,
    "hyperparameters": {}, "seconds": {"call": 6.0}, "xla": {},
    "loop": {"network": "mlp", "batch": 32, "steps": 600},
}  # fmt: skip
WORDS = {"xla": "XLA on CPU", "cpu": "eager PyTorch on the CPU", "cuda": "CUDA on a GPU"}


class Trains:
    """A runner: a plain training takes 10 s, one with a strategy `seconds`."""

    def __init__(self, digits, seconds=4.0, failed=None, **said):
        labels = numpy.load(f"{digits.folder}/y_val.npy")
        self.predictions = numpy.eye(10, dtype=numpy.float32)[labels]
        self.seconds, self.failed, self.said, self.strategies = seconds, failed, said, []

    def run(self, job, *_events_and_cancel):
        strategy = job.payload["strategy"]
        self.strategies.append(strategy)
        if strategy and self.failed:
            return self.failed
        numpy.save(job.scratch / "val_predictions.npy", self.predictions)
        weights = pytest.importorskip("safetensors.numpy")
        weights.save_file({"w": numpy.zeros(3, numpy.float32)}, job.scratch / "weights.safetensors")
        value = TRAINED | {"device": WORDS[job.payload["target"]]} | self.said
        return ExecutionResult(status=Status.OK, value=value, duration_s=self.seconds if strategy else 10.0)


@pytest.fixture
def choosing(digits, make_function, tmp_path, monkeypatch):
    function = make_function(metadata={})

    def go(runner, target="xla", no_compiler="No other program may be started here.", **worth):
        def decide(_agent, seen, tried=()):
            go.asked = seen, tried
            over_eager = {EAGER: 1.0, COMPILED: 0.02, XLA: 0.2} | {LoopStrategy(key): v for key, v in worth.items()}
            order = sorted((-value, name) for name, value in over_eager.items() if name not in tried)
            ranked = [(name, -value) for value, name in order]
            return LoopDecision(ranked[0][0], 0.9, ranked[0][1], ranked[1:])

        monkeypatch.setattr(LoopAgent, "decide_strategy", decide)
        values = {**defaults(function.bo_config), "quantization_bits": 32}
        plain = train(runner, function, digits, values, target=target, seed=0, scratch=tmp_path / "plain")
        known = PlainRun(runner, function, digits, plain, target, 0, 2000, tmp_path / "looked")
        return choose_loop(known, Measured.of(plain), None, no_compiler)

    return go


def test_trials_for_xla_run_eagerly_where_that_is_measured_to_gain(choosing, digits):
    runner = Trains(digits)
    found = choosing(runner)
    assert found.used and (found.present, found.chosen, found.expected, found.gain) == ("xla", "eager", 5.0, 2.5)
    assert found.sentence.startswith("Trials run eagerly; the final training runs on XLA, as the target says.")
    assert "4.0 s in place of 10.0 s, 2.5 × as fast" in found.sentence
    assert runner.strategies == [None, "eager"]
    seen, tried = choosing.asked
    assert (seen.network, seen.parameters, seen.batch, seen.steps, seen.device) == ("mlp", 8970, 32, 600, "cpu")
    assert seen.step_s == 0.0, "what an XLA step takes says nothing of an eager one"
    assert tried == (COMPILED,) and found.reasons == ["torch.compile: No other program may be started here."]


def test_what_promises_nothing_is_not_tried_and_said_with_the_figure(choosing, digits):
    runner = Trains(digits)
    found = choosing(runner, "cpu")
    assert choosing.asked[0].step_s == 0.01
    assert not found.used and runner.strategies == [None] and found.chosen == found.present == "eager"
    assert found.sentence == (
        "The training loop stays eager: over 600 steps of 32 rows, mlp with 8,970 parameters, XLA 0.20 × as fast would "
        "be expected. torch.compile: No other program may be started here."
    )


def test_where_programs_may_be_started_torch_compile_is_tried(choosing, digits):
    runner = Trains(digits)
    found = choosing(runner, "cpu", "", **{"torch.compile": 2.0})
    assert found.used and runner.strategies == [None, "torch.compile"] and found.reasons == []
    assert found.sentence.startswith("The training loop runs by torch.compile. The same training took 4.0 s")


def test_a_promise_that_does_not_hold_leaves_the_loop_as_it_was(choosing, digits):
    found = choosing(Trains(digits, seconds=9.9))
    assert not found.used and "stays XLA, though eager was expected to be 5.0 × as fast: the whole" in found.sentence
    failed = ExecutionResult(status=Status.RAISED, error=ErrorReport(type="ValueError", message="no xla"), detail="x")
    found = choosing(Trains(digits, failed=failed))
    assert not found.used and found.after_s is None and "failed with it: raised: ValueError: no xla" in found.sentence


@pytest.mark.parametrize(
    ("target", "said", "why"),
    [
        ("cuda", {}, "no loop was measured on CUDA on a GPU"),
        ("xla", {"device": "XLA on TPU"}, "no loop was measured on XLA on TPU"),
        ("cpu", {"loop": TRAINED["loop"] | {"steps": 0}}, "no step of an optimizer was seen"),
        ("cpu", {"loop": None}, "no step of an optimizer was seen"),
    ],
)
def test_what_was_never_measured_stays(target, said, why, choosing, digits):
    runner = Trains(digits, **said)
    found = choosing(runner, target)
    assert found.sentence == f"The training loop runs as it is: {why}." and runner.strategies == [None]


def test_without_torch_xla_it_is_no_choice(choosing, digits, monkeypatch):
    monkeypatch.setattr(loop, "find_spec", lambda _: None)
    found = choosing(Trains(digits), "cpu", xla=3.0)
    assert not found.used and "XLA: torch_xla is not installed." in found.sentence


def test_a_better_score_by_other_random_numbers_is_no_doubt():
    before, after = Measured(10.0, 0.8), Measured(5.0, 0.9)
    assert compared(before, after, random_alike=False)[0] and "ended elsewhere" in compared(before, after)[1]
    assert "ended elsewhere" in compared(after, Measured(1.0, 0.8), random_alike=False)[1]
