"""`--accelerate` in a whole run, and which code may run with compiled functions."""

import importlib.util
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from graph import accelerating
from graph.nodes import tune
from runtime.compiler.training_loops import LoopStrategy
from runtime.errors import SandboxFailure
from runtime.harness.spec import COMPILED, AccelerateSpec
from runtime.job import ErrorReport, ExecutionResult, Status
from runtime.outcome import Outcome
from tests.graph.scripts import CODE, Script
from tools.execution import TrainingRun, acceleration, comparison
from tools.execution.acceleration import code_sha256
from tools.results.record import AccelerationRecord, Measurement, ModelSize

SLOW = CODE.replace(
    "def train_model(",
    """def wave(values, steps):
    total = 0.0
    for step in range(steps):
        for value in values:
            total += value * (step % 7) - 0.5 * total
    return total


def train_model(""",
).replace(
    "        model.train()\n",
    "        model.train()\n        assert all(wave(row, 40) < 1e9 for row in X_train.tolist()[:60])\n",
)


@pytest.mark.box
@pytest.mark.skipif(importlib.util.find_spec("numba") is None, reason="numba is not installed")
async def test_a_slow_function_is_compiled_for_the_trials_and_the_final_run(
    run_graph: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparison, "LEAST_GAIN", 0.0)  # so short a training can't win back what numba takes to load
    # … nor what a compiler takes, were it not to go on for long.
    monkeypatch.setattr(acceleration, "AccelerateSpec", lambda **facts: AccelerateSpec(**facts | {"repeats": 1e6}))
    state, record, events = await run_graph(Script(coder=[SLOW]), trials=2, accelerate=True)
    assert record.outcome is Outcome.SUCCESS, record.message
    found = record.acceleration
    assert found.used, found.sentence
    wave = next(one for one in found.functions if one.name == "wave")
    assert wave.strategy != "interpret" and wave.share > 0.1 and "The same training took" in found.sentence
    assert state["execution"]["swapped"] == ["wave"], "the final training ran compiled"
    assert any(event["kind"] == "note" and event["text"] == found.sentence for event in events)
    folder = tmp_path / "results" / record.id
    assert (folder / found.folder / "functions.json").is_file()
    assert found.sentence in (folder / "report.html").read_text()


class Stage(SimpleNamespace):
    """What `accelerating` asks of a stage."""

    def __init__(self, place: Path, code: str, **facts: Any) -> None:
        function = SimpleNamespace(training_code=code)
        told = {"used": True, "sentence": "", "folder": f"scratch/{COMPILED}", "code_sha256": code_sha256(function)}
        record = AccelerationRecord.model_validate(told | facts)
        (place / "scratch" / COMPILED).mkdir(parents=True, exist_ok=True)
        self.events: list[dict[str, Any]] = []
        super().__init__(
            task=SimpleNamespace(accelerate=True, target="cpu"),
            function=function,
            folder=SimpleNamespace(path=place),
            state={"acceleration": record.model_dump(mode="json")},
            emit=self.events.append,
        )


def test_compiled_functions_are_used_for_their_own_code_alone(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "one")
    assert accelerating.found_way(stage).compiled == tmp_path / "scratch" / COMPILED
    stage.function = SimpleNamespace(training_code="corrected")
    assert not accelerating.found_way(stage)
    assert not accelerating.found_way(Stage(tmp_path, "one", used=False))
    stage = Stage(tmp_path, "one")
    stage.task.accelerate = False
    assert not accelerating.found_way(stage)


def test_the_final_training_for_xla_runs_on_xla_whatever_trials_do(tmp_path: Path) -> None:
    loop = {"present": "xla", "chosen": "eager", "used": True, "sentence": "Trials run eagerly."}
    stage = Stage(tmp_path, "one", used=False, loop=loop)
    stage.task.target = "xla"
    assert accelerating.found_way(stage) == accelerating.Way(strategy=LoopStrategy.EAGER)
    assert accelerating.found_way(stage, final=True) == accelerating.PLAIN
    assert accelerating.found_way(stage).runs_like("xla") == "cpu" and accelerating.PLAIN.runs_like("xla") == "xla"
    stage.task.target = "cpu"
    assert str(accelerating.found_way(stage, final=True)) == "its loop run by eager"


def test_a_run_that_goes_on_without_its_scratch_folder_runs_plain_and_says_so(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "one", folder="scratch/gone")
    assert not accelerating.found_way(stage)
    assert stage.events == [
        {"kind": "warning", "text": "The plain code runs: the compiled functions of this run are gone."}
    ]


def test_a_box_that_breaks_leaves_the_plain_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> AccelerationRecord:
        raise SandboxFailure("no room")

    monkeypatch.setattr(accelerating, "accelerate", broken)
    stage = Stage(tmp_path, "one")
    stage.task = SimpleNamespace(accelerate=True, target="cpu", seed=0, bo_sample=10, trials=0)
    stage.sandbox = stage.data = stage.cancel = None
    stage.scratch, stage.check = (lambda name: tmp_path / name), lambda: None
    plain: Any = None
    update = accelerating.accelerated(stage, plain)
    assert not update["acceleration"]["used"] and "no room" in update["acceleration"]["sentence"]
    assert stage.events[-1]["text"] == update["acceleration"]["sentence"]
    stage.task.accelerate = False
    assert accelerating.accelerated(stage, plain) == {}


def test_a_trial_that_fails_with_compiled_functions_is_repeated_plain_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ways: list[Any] = []

    def train(box: Any, *_: Any, compiled: Path | None, **__: Any) -> TrainingRun:
        ways.append((box, compiled is not None))
        error = ErrorReport(type="ValueError", message="no")
        run = TrainingRun(execution=ExecutionResult(status=Status.OK), hyperparameters={"lr": 0.1})
        if compiled:
            run.execution = ExecutionResult(status=Status.RAISED, error=error)
        else:
            run.validation = Measurement(metric="accuracy", score=0.9)
            run.size = ModelSize(real_bytes=1024, parameters=3, quantization_bits=32, formula_kb=1.0)
        return run

    monkeypatch.setattr(tune, "train", train)
    stage = Stage(tmp_path, "one")
    stage.task = SimpleNamespace(accelerate=True, target="cpu", seed=0, bo_sample=10)
    stage.state["execution"] = {"hyperparameters": {}}
    stage.sandbox, stage.data, stage.cancel, stage.scratch = "fresh", None, threading.Event(), lambda _: tmp_path
    trials: Any = tune.Trials(stage)
    trials._boxes.put("warm")
    assert trials.evaluate(1, {"lr": 0.1}).score == 0.9
    assert ways == [("warm", True), ("fresh", False)]
    assert (
        trials.warnings
        == ["Trial 1 failed with compiled functions and was repeated plain: raised: ValueError: no"]
        == [event["text"] for event in stage.events]
    )
    assert trials.evaluate(2, {"lr": 0.1}).score == 0.9 and ways[2:] == [("warm", False)], "later ones are plain"
