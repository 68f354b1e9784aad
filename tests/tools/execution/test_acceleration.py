"""What the boxed job says is bounded, and compiled functions are used only where the same training gains by them."""

import numpy
import pytest

from runtime.harness.spec import COMPILED
from runtime.job import ErrorReport, ExecutionResult, Status
from runtime.search_space import defaults
from tools.execution.acceleration import accelerate, code_sha256
from tools.execution.training import train

WAVE = {"name": "wave", "line": 5, "share": 0.7, "strategy": "optimized", "backend": "numba 0.68", "speedup": 30.0}
LEFT = {"name": "noise", "line": 9, "share": 0.2, "reasons": ["noise uses .random (line 10)."]}
TRAINED = {
    "claims": {"train_losses": [1.0], "val_losses": [1.0], "val_acc": [0.9]}, "epochs": 1, "parameters": 1,
    "hyperparameters": {}, "device": "x", "seconds": {}, "xla": {}, "swapped": ["wave"],
}  # fmt: skip
OK = ExecutionResult(status=Status.OK, duration_s=10.5, start_s=0.5)


class Plays:
    """A runner: the accelerating job says `found`; a training takes `seconds`, and answers like `predictions`."""

    def __init__(self, digits, found=None, seconds=4.0, right=True, **said):
        labels = numpy.load(f"{digits.folder}/y_val.npy")
        self.predictions = numpy.eye(10, dtype=numpy.float32)[labels if right else (labels + 1) % 10]
        self.found, self.seconds, self.said, self.jobs = found, seconds, said, []

    def run(self, job, *_events_and_cancel):
        self.jobs.append(job)
        if job.entry.endswith("accelerate:run"):
            if isinstance(self.found, ExecutionResult):
                return self.found
            (job.scratch / COMPILED).mkdir()
            return OK.model_copy(update={"value": {"functions": self.found}})
        numpy.save(job.scratch / "val_predictions.npy", self.predictions)
        weights = pytest.importorskip("safetensors.numpy")
        weights.save_file({"w": numpy.zeros(3, numpy.float32)}, job.scratch / "weights.safetensors")
        compiled = COMPILED in job.inputs
        update = {"duration_s": self.seconds + 0.5 if compiled else 10.5, "value": TRAINED | self.said}
        return OK.model_copy(update=update)


@pytest.fixture
def brought(digits, make_function, tmp_path):
    function = make_function(metadata={})

    def go(runner):
        options = {"target": "cpu", "seed": 0, "rows": 2000}
        values = {**defaults(function.bo_config), "quantization_bits": 32}
        plain = train(runner, function, digits, values, scratch=tmp_path / "plain", **options)
        assert not plain.failed, plain.failure_line
        found = accelerate(runner, function, digits, plain, trials=10, scratch=tmp_path / "looked", **options)
        assert found.code_sha256 == code_sha256(function)
        return found

    return go


def test_a_gain_is_used_and_told_against_the_plain_run(brought, digits):
    runner = Plays(digits, [WAVE, LEFT])
    found = brought(runner)
    assert found.used and found.gain == 2.5 and (found.plain_s, found.accelerated_s) == (10.0, 4.0)
    assert found.sentence.startswith(
        "Compiled, as the boxed job says: wave 30.0 × as fast by numba 0.68. The same training took 4.0 s in place of"
    )
    assert [one.name for one in found.functions] == ["wave", "noise"]
    assert [COMPILED in job.inputs for job in runner.jobs] == [False, False, True]
    assert runner.jobs[1].payload["max_epochs"] == 1 and runner.jobs[1].payload["repeats"] > 100


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"seconds": 9.9}, "gained too little: 9.9 s in place of 10.0 s"),
        ({"swapped": []}, "wave could not be loaded in another box"),
        ({"claims": {}, "extra": 1}, "failed with it: measure: TamperedReport"),
    ],
)
def test_on_any_doubt_the_plain_code_runs(options, why, brought, digits):
    runner = Plays(digits, [WAVE])
    first = runner.run

    def run(job, *rest):
        if COMPILED in job.inputs:
            runner.seconds, runner.said = (
                options.get("seconds", 4.0),
                {k: v for k, v in options.items() if k != "seconds"},
            )
        return first(job, *rest)

    runner.run = run
    found = brought(runner)
    assert not found.used and why in found.sentence


def test_another_score_is_a_doubt(brought, digits):
    runner = Plays(digits, [WAVE])
    right, wrong = runner.predictions, Plays(digits, right=False).predictions
    first = runner.run

    def run(job, *rest):
        runner.predictions = wrong if COMPILED in job.inputs else right
        return first(job, *rest)

    runner.run = run
    found = brought(runner)
    assert not found.used and "ended elsewhere" in found.sentence and found.accelerated_score == 0.0


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ([], "none of its functions took over 10 %"),
        ([LEFT], "nothing was compiled. noise uses .random (line 10)."),
        ([LEFT | {"reasons": ["It calls f."]}] * 4, "noise: It calls f. And 1 more."),
        ([WAVE | {"speedup": "NaN"}], "malformed in 1 places"),
        ([WAVE | {"strategy": "magic", "more": 1}], "malformed in 2 places"),
        ([WAVE] * 40, "malformed in 1 places"),
        (ExecutionResult(status=Status.TIMED_OUT, detail="The job ran longer than 180 s."), "longer than 180 s"),
        (
            ExecutionResult(status=Status.RAISED, error=ErrorReport(type="ValueError", message="no\nluck")),
            "failed: ValueError: no luck",
        ),
    ],
)
def test_without_compiled_functions_the_training_is_not_repeated(said, why, brought, digits):
    runner = Plays(digits, said)
    found = brought(runner)
    assert not found.used and why in found.sentence and found.sentence.startswith("The plain code runs")
    assert len(runner.jobs) == 2 and found.accelerated_s is None
