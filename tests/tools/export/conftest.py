import hashlib
import random
from types import SimpleNamespace

import numpy
import pytest

from runtime.outcome import Outcome
from runtime.search_space import parse_search_space
from runtime.task import Task
from runtime.training_function import TrainingFunction
from tools.datasets import prepare
from tools.results.folder import RunFolder
from tools.results.record import Evidence, Measurement, ModelSize, RunRecord

CODE = '''"""A linear model."""

from __future__ import annotations

import torch
from torch import nn


def load_rows(rows):
    return rows


def train_model(X_train, y_train, X_val, y_val, device, lr=0.1, epochs=30, batch_size=32, quantization_bits=8):
    model = nn.Sequential(nn.Flatten(), nn.Linear(X_train[0].numel(), int(y_train.max()) + 1)).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    loss_fn = nn.CrossEntropyLoss()
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
    for _ in range(epochs):
        for start in range(0, len(load_rows(X_train)) - batch_size + 1, batch_size):
            batch = slice(start, start + batch_size)
            loss = loss_fn(model(X_train[batch].to(device)), y_train[batch].to(device))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        metrics["train_losses"].append(float(loss.detach()))
        metrics["val_losses"].append(0.0)
        metrics["val_acc"].append(0.0)
    return model, metrics


if __name__ == "__main__":
    raise SystemExit("the generated main must not run")
'''
SPACE = {
    "lr": {"default": 0.05, "type": "Real", "low": 0.001, "high": 1.0, "prior": "log-uniform"},
    "epochs": {"default": 30, "type": "Integer", "low": 1, "high": 100},
    "batch_size": {"default": 32, "type": "Categorical", "categories": [16, 32]},
    "quantization_bits": {"default": 8, "type": "Categorical", "categories": [8, 16, 32]},
}


@pytest.fixture(scope="session")
def csv_file(tmp_path_factory):
    """240 rows of mixed columns, of which `kind` follows from `size` and `color`."""
    chance = random.Random(0)
    lines = ["size,color,noise,kind"]
    for index in range(240):
        size, color = chance.gauss(0, 1), chance.choice(["red", "green", "blue"])
        noise = "" if index % 17 == 0 else f"{chance.random():.3f}"
        lines.append(f"{size:.4f},{color},{noise},{'big' if size + (color == 'red') > 0.3 else 'small'}")
    path = tmp_path_factory.mktemp("data") / "things.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture(scope="session")
def measured(tmp_path_factory, csv_file):
    """A finished run: prepared data, a function, weights and a graph that belong together, and its record."""
    import torch

    from runtime.harness import exporting, quantize

    folder = RunFolder.create(tmp_path_factory.mktemp("results"), "things-20261120T101502-ab12")
    data = prepare(str(csv_file), folder.data, target_column="kind")
    function = TrainingFunction(
        model_name="linear",
        training_code=CODE,
        bo_config=parse_search_space(SPACE),
        confidence=0.8,
        data_profile=data.profile,
        timestamp=1,
        metadata={"generated_by": "expert"},
    )
    namespace = {"__name__": "generated"}
    exec(compile(CODE, "code", "exec"), namespace)
    names = ("X_train", "y_train", "X_val", "y_val")
    arrays = [torch.from_numpy(numpy.load(folder.data / f"{name}.npy")) for name in names]
    torch.manual_seed(0)
    model, _ = namespace["train_model"](*arrays, torch.device("cpu"), lr=0.05)
    final = folder.path / "trn-execution" / "final"
    final.mkdir()
    exporting.export_graph(model.eval(), arrays[2].numpy(), final / "graph.pt2")
    weights, shared = exporting.split_state(model)
    (final / "model.safetensors").write_bytes(quantize.pack(quantize.quantize(weights, 8), shared, 8))
    files = ["trn-execution/final/model.safetensors", "trn-execution/final/graph.pt2"]
    record = RunRecord(
        id=folder.id,
        task=Task(dataset=str(csv_file), target="cpu"),
        outcome=Outcome.SUCCESS,
        started="2026-11-20T10:15:02+00:00",
        model_name="linear",
        generated_by="expert (rule-based)",
        confidence=0.8,
        hyperparameters={"lr": 0.05, "epochs": 30, "batch_size": 32, "quantization_bits": 8},
        evidence=Evidence(
            test=Measurement(metric="accuracy", score=0.9722),
            validation=Measurement(metric="accuracy", score=0.9444),
            baselines={"majority class": 0.58},
            beats_baselines=True,
            size=ModelSize(parameters=14, quantization_bits=8, real_bytes=400, formula_kb=0.02),
            size_limit_kb=256,
            test_rows=36,
            model_file=files[0],
            graph_file=files[1],
            predictions_file="metrics/p.npy",
            project_folder="project",
            project_ran=True,
            hashes={name: hashlib.sha256((folder.path / name).read_bytes()).hexdigest() for name in files},
        ),
    )
    folder.save_record(record)
    folder.save_json("code-review", function)
    return SimpleNamespace(folder=folder, data=data, function=function, record=record)
