"""Training in a real child process, judged from outside of it."""

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.job import ErrorReport, ExecutionResult, Status
from runtime.search_space import defaults
from tools.execution.subset import choose_rows, input_files
from tools.execution.training import TrainingRun, smoke_run, train

LIAR = """import torch
def train_model(X_train, y_train, X_val, y_val, device, **hp):
    {body}
    return torch.nn.Linear(64, {width}), {{"train_losses": [0.1], "val_losses": [0.1], "val_acc": [0.99]}}
"""


class Staged:
    """A runner that plays a job which left `predictions` and said `value`."""

    def __init__(self, predictions, value):
        self.predictions, self.value = predictions, value

    def run(self, job, *_events_and_cancel):
        numpy.save(job.scratch / "val_predictions.npy", self.predictions)
        return ExecutionResult(status=Status.OK, value=self.value)


def values(function, **changes):
    return {**defaults(function.bo_config), **changes}


@pytest.mark.xla
def test_smoke_and_real_run_in_one_warm_process(sandbox, digits, make_function, tmp_path):
    function, events = make_function(), []
    with sandbox.session() as runner:
        smoke = smoke_run(runner, function, digits, target="xla", seed=0, scratch=tmp_path / "s", emit=events.append)
        assert not smoke.failed, smoke.failure_line
        run = train(
            runner, function, digits, values(function, lr=5, extra=1), target="xla", seed=0, scratch=tmp_path / "r",
            rows=600, emit=events.append,
        )  # fmt: skip
    assert smoke.size and smoke.validation and (tmp_path / "s" / "graph.pt2").exists()
    assert run.hyperparameters["lr"] == 0.1 and len(run.repairs) == 2 and run.failure_line == ""
    assert [event["epoch"] for event in events if event["kind"] == "epoch"] == [1, *range(1, 9)]
    assert run.device == "XLA on CPU" and run.xla["compilations"] > 0 and len(run.curves["val_acc"]) == 8
    assert (
        run.size.quantization_bits == 8 and run.size.real_bytes == (tmp_path / "r" / "model.safetensors").stat().st_size
    )


def test_the_score_is_measured_and_a_lie_is_named(sandbox, digits, make_function, tmp_path):
    function = make_function(LIAR.format(body="pass", width=10))
    run = train(sandbox, function, digits, values(function), target="cpu", seed=0, scratch=tmp_path)
    assert run.score < 0.4 and run.validation.metric == "accuracy"
    assert any("claimed a validation accuracy of 0.99" in warning for warning in run.warnings)


@pytest.mark.parametrize(
    ("body", "width", "line"),
    [
        ("int('x')", 10, "call: ValueError: invalid literal for int() with base 10: 'x' (line 3)"),
        ("pass", 3, "measure: MeasurementFault: the model answered (3,) for each sample"),
        ("import os; os._exit(3)", 10, "killed"),
    ],
)
def test_failures_of_generated_code_are_data(body, width, line, sandbox, digits, make_function, tmp_path):
    function = make_function(LIAR.format(body=body, width=width))
    run = train(sandbox, function, digits, values(function), target="cpu", seed=0, scratch=tmp_path)
    assert run.failed and run.validation is None and line in run.failure_line
    with pytest.raises(ValueError, match="failed run"):
        _ = run.score


REPORT = {
    "claims": {"train_losses": [1.0], "val_losses": [1.0], "val_acc": [97.0]}, "epochs": 1, "parameters": 1,
    "hyperparameters": {}, "device": "x", "seconds": {}, "xla": {},
}  # fmt: skip


@pytest.mark.parametrize(
    ("predictions", "value", "status", "text"),
    [
        (numpy.full((300, 10), numpy.nan, numpy.float32), REPORT, Status.RAISED, "NaN"),
        (numpy.zeros((5, 10), numpy.float32), REPORT, Status.RAISED, "5 predictions for 300 rows"),
        (numpy.zeros((300, 10), numpy.float32), {**REPORT, "more": 1}, Status.TAMPERED, "malformed"),
        (numpy.zeros((300, 10), numpy.float32), None, Status.TAMPERED, "malformed"),
        (numpy.zeros((300, 10), numpy.float32), {**REPORT, "xla": {"a": float("nan")}}, Status.TAMPERED, "malformed"),
        (numpy.zeros((300, 10), numpy.float32), REPORT, Status.RAISED, "no readable weights.safetensors"),
    ],
)
def test_what_a_job_left_is_not_trusted(predictions, value, status, text, digits, make_function, tmp_path):
    function = make_function()
    staged = Staged(predictions, value)
    run = train(staged, function, digits, values(function), target="cpu", seed=0, scratch=tmp_path)
    assert run.failed and run.execution.status is status and text in run.failure_line


def test_what_an_earlier_job_left_is_not_measured(digits, make_function, tmp_path):
    (tmp_path / "weights.safetensors").write_bytes(b"old")
    (tmp_path / "graph.pt2").mkdir()
    (tmp_path / "kept.txt").write_text("x")
    function = make_function()
    staged = Staged(numpy.zeros((300, 10), numpy.float32), REPORT)
    run = train(staged, function, digits, values(function), target="cpu", seed=0, scratch=tmp_path)
    assert "no readable weights.safetensors" in run.failure_line
    assert not (tmp_path / "graph.pt2").exists() and (tmp_path / "kept.txt").exists()


def test_an_impossible_constraint_goes_to_the_debugger(digits, make_function, tmp_path):
    function = make_function(constraints=["hidden_size <= 2"])
    run = train(Staged(None, None), function, digits, values(function), target="cpu", seed=0, scratch=tmp_path)
    assert run.failed and "ConstraintError" in run.failure_line


def test_a_killed_run_has_one_line():
    detail = "It ran for longer\nthan 5 s"
    run = TrainingRun(execution=ExecutionResult(status=Status.TIMED_OUT, detail=detail), hyperparameters={})
    assert run.failure_line == "timed_out: It ran for longer than 5 s"
    run.execution.error = ErrorReport(type="E", message="m", line=4, phase="call")
    assert run.failure_line == "call: E: m (line 4)"


def test_subsets_are_fixed_cached_and_cover_each_class(digits):
    first = input_files(digits, 64, 0)
    stamp = first["X_train"].stat().st_mtime_ns
    assert input_files(digits, 64, 0) == first and first["X_train"].stat().st_mtime_ns == stamp
    labels = numpy.load(first["y_train"])
    assert len(labels) <= 64 and set(labels) == set(range(10)) and len(numpy.load(first["X_train"])) == len(labels)
    assert input_files(digits, 5000, 0)["X_val"].parent == input_files(digits, None, 0)["X_val"].parent
    assert all("test" not in str(path.name) for path in first.values())


@given(st.lists(st.integers(0, 4), min_size=10, max_size=200), st.integers(5, 100), st.booleans())
def test_chosen_rows(labels, rows, stratify):
    labels = numpy.array(labels)
    chosen = choose_rows(labels, rows, stratify, 3)
    assert len(set(chosen)) == len(chosen) <= max(rows, 5) and (numpy.diff(chosen) > 0).all()
    assert len(chosen) >= min(rows, len(labels)) - 5
    if stratify:
        assert set(labels[chosen]) == set(labels)


REGRESSION = """import torch
def train_model(X_train, y_train, X_val, y_val, device, **hp):
    assert y_train.dtype == torch.float32
    model = torch.nn.Linear(64, 1)
    with torch.no_grad():
        gram = X_train.T @ X_train + 0.01 * torch.eye(64)
        model.weight.copy_(torch.linalg.solve(gram, X_train.T @ y_train)[None])
        model.bias.zero_()
    print("epoch 1/1 val_metric=0.5")
    return model, {"train_losses": [1.0], "val_losses": [1.0], "val_metric": [0.5]}
"""
LANGUAGE = """import torch
def train_model(X_train, y_train, X_val, y_val, device, **hp):
    assert X_train.dtype == y_train.dtype == torch.int64
    model = torch.nn.Sequential(torch.nn.Embedding(17, 8), torch.nn.Linear(8, 17))
    return model, {"train_losses": [1.0], "val_losses": [1.0], "val_metric": [-17.0]}
"""


@pytest.fixture
def other_data(digits, tmp_path):
    def make(task):
        folder = tmp_path / "data"
        folder.mkdir()
        for part in ("train", "val"):
            X = numpy.load(f"{digits.folder}/X_{part}.npy")
            tokens = (X.clip(0, 1) * 16).astype(numpy.int64)
            y = (
                X @ numpy.linspace(-1, 1, 64, dtype=numpy.float32)
                if task == "regression"
                else numpy.roll(tokens, -1, 1)
            )
            numpy.save(folder / f"X_{part}.npy", X if task == "regression" else tokens)
            numpy.save(folder / f"y_{part}.npy", y)
        changes = {"task_type": task, "num_classes": None, "vocabulary_size": 17, "is_text": task != "regression"}
        return digits.model_copy(update={"folder": str(folder), "profile": digits.profile.model_copy(update=changes)})

    return make


@pytest.mark.parametrize(
    ("task", "code", "metric", "low", "high"),
    [("regression", REGRESSION, "r2", 0.95, 1.0), ("language_modeling", LANGUAGE, "perplexity", -60, -10)],
)
def test_other_tasks(task, code, metric, low, high, other_data, sandbox, make_function, tmp_path):
    function = make_function(code)
    run = train(
        sandbox, function, other_data(task), values(function), target="cpu", seed=0, scratch=tmp_path / "s", rows=200
    )
    assert not run.failed, run.failure_line
    assert run.validation.metric == metric and low < run.score <= high


AHEAD = """import torch
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = torch.nn.Embedding(17, 17)
        self.embed.weight.data.copy_(20 * torch.eye(17))
    def forward(self, x):
        return self.embed(x.roll(-1, 1))
def train_model(X_train, y_train, X_val, y_val, device, **hp):
    return Net(), {"train_losses": [1.0], "val_losses": [1.0], "val_metric": [-1.0]}
"""


def test_a_model_that_looks_ahead_is_refused(other_data, sandbox, make_function, tmp_path):
    function, data = make_function(AHEAD), other_data("language_modeling")
    run = train(sandbox, function, data, values(function), target="cpu", seed=0, scratch=tmp_path / "s", rows=200)
    assert run.failed
    assert run.execution.error.phase == "measure"
    assert "looks ahead" in run.failure_line


def test_a_gru_runs_on_the_cpu_although_torch_xla_was_imported(sandbox, digits, make_function, tmp_path):
    code = """import torch
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = torch.nn.GRU(8, 5, batch_first=True, bidirectional=True)
    def forward(self, x):
        return self.gru(x.reshape(-1, 8, 8))[0][:, -1]
def train_model(X_train, y_train, X_val, y_val, device, **hp):
    model = Net()
    model(X_train).sum().backward()
    return model, {"train_losses": [1.0], "val_losses": [1.0], "val_acc": [0.1]}
"""
    function = make_function(code)
    run = train(sandbox, function, digits, values(function), target="cpu", seed=0, scratch=tmp_path, export=True)
    assert not run.failed, run.failure_line
