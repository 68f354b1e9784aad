"""From a training function to evidence on disk."""

import hashlib
import json

import numpy
import pytest

from runtime.job import Status
from runtime.search_space import defaults
from tools.execution.finalize import FinalizeFailure, finalize


def go(sandbox, function, digits, folder, limit=256.0, target="cpu", **changes):
    values = {**defaults(function.bo_config), **changes}
    return finalize(sandbox, function, digits, values, target, limit, 0, folder)


@pytest.mark.xla
def test_a_model_is_measured_on_the_hidden_split(sandbox, digits, make_function, tmp_path):
    done = go(sandbox, make_function(), digits, tmp_path, target="xla", epochs=15)
    assert not isinstance(done, FinalizeFailure), done.message
    labels = numpy.load(f"{digits.folder}/hidden/y_test.npy")
    predicted = numpy.load(tmp_path / done.predictions_file).argmax(1)
    assert done.test.score == pytest.approx((predicted == labels).mean()) and done.test.score > 0.93
    assert done.test_rows == 297 and sum(map(sum, done.test.confusion)) == 297
    assert done.validation.score == pytest.approx(done.run.score, abs=0.01)
    assert (
        set(done.baselines) == {"majority class", "logistic regression"} and done.baselines["logistic regression"] > 0.9
    )
    assert done.beats_baselines == (done.test.score > max(done.baselines.values()))
    assert done.size.real_bytes == (tmp_path / done.model_file).stat().st_size
    assert done.size.parameters == 64 * 32 + 32 + 32 * 10 + 10
    for file, digest in done.hashes.items():
        assert hashlib.sha256((tmp_path / file).read_bytes()).hexdigest() == digest
    json.dumps(done.model_dump(mode="json"), allow_nan=False)


def test_a_model_over_the_limit_is_no_success(sandbox, digits, make_function, tmp_path):
    done = go(sandbox, make_function(), digits, tmp_path, limit=1.0, epochs=1)
    assert isinstance(done, FinalizeFailure) and (done.kind, done.stage) == ("too_large", "size")
    assert done.execution.detail == done.failure_line, "the debugger reads the job's end, and nothing else"
    assert (
        "1 KB is the limit" in done.message
        and done.size.real_kb > 1
        and not (tmp_path / "trn-execution" / "final" / "predict").exists()
    )


def test_knowledge_hidden_in_a_constant_counts(sandbox, digits, make_function, tmp_path):
    code = """import torch
class Net(torch.nn.Linear):
    def __init__(self, X):
        super().__init__(64, 10)
        self.memory = X
    def forward(self, x):
        return super().forward(x) + (x @ self.memory.T).mean() * 0
def train_model(X_train, y_train, X_val, y_val, device, **hp):
    return Net(X_train.clone()), {"train_losses": [1.0], "val_losses": [1.0], "val_acc": [0.1]}
"""
    done = go(sandbox, make_function(code), digits, tmp_path, limit=256.0)
    assert isinstance(done, FinalizeFailure) and done.kind == "too_large" and done.size.real_bytes > 1200 * 64 * 4


def test_code_in_the_graph_archive_never_runs(sandbox, digits, make_function, tmp_path):
    """A pickle among the sample inputs, which torch.export.load would run, replaces the model."""
    code = """import io, zipfile, pickle, torch
class Evil:
    def __reduce__(self):
        source = "from runtime.harness import inference as i; import numpy as n"
        return exec, (source + "; i.predict = lambda m, rows: n.eye(10, dtype='f4')[[3] * len(rows)]",)
def train_model(X_train, y_train, X_val, y_val, device, **hp):
    from runtime.harness import exporting
    honest = exporting.export_graph
    def export(model, rows, path):
        honest(model, rows, path)
        with zipfile.ZipFile(path) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in files.items():
                archive.writestr(name, pickle.dumps(Evil()) if "sample_inputs" in name else content)
    exporting.export_graph = export
    torch.manual_seed(0)
    return torch.nn.Linear(64, 10), {"train_losses": [1.0], "val_losses": [1.0], "val_acc": [0.1]}
"""
    done = go(sandbox, make_function(code), digits, tmp_path)
    assert not isinstance(done, FinalizeFailure), done.message
    predicted = numpy.load(tmp_path / done.predictions_file).argmax(1)
    assert len(set(predicted.tolist())) > 1 and b"inference" not in (tmp_path / done.graph_file).read_bytes()


def test_forged_validation_predictions_are_found_out(sandbox, digits, make_function, tmp_path):
    code = """import torch
def train_model(X_train, y_train, X_val, y_val, device, **hp):
    from runtime.harness import inference
    forged = torch.nn.functional.one_hot(y_val, 10).float().numpy()
    inference.predict = lambda model, rows: forged
    return torch.nn.Linear(64, 10), {"train_losses": [0.1], "val_losses": [0.1], "val_acc": [1.0]}
"""
    done = go(sandbox, make_function(code), digits, tmp_path)
    assert isinstance(done, FinalizeFailure) and done.stage == "predict" and done.execution.status is Status.TAMPERED
    assert done.run.score == 1.0 and "left alone" in done.message


def test_code_that_fails_is_a_failure_of_training(sandbox, digits, make_function, tmp_path):
    done = go(sandbox, make_function("def train_model(*a, **k): raise MemoryError('no')"), digits, tmp_path)
    assert isinstance(done, FinalizeFailure) and (done.kind, done.stage) == ("code", "train")
    assert "MemoryError: no" in done.failure_line
