"""Blueprints, and repaired code, on the real device: few compilations, no fallbacks, and they learn."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from agents.contracts import CodeRequest, DebugRequest
from agents.expert import ExpertDebugger
from agents.expert.coder import rank, write_family
from runtime.job import ErrorReport, ExecutionResult, Status
from runtime.search_space import defaults, parse_search_space
from runtime.training_function import TrainingFunction

pytestmark = pytest.mark.xla

CASES = {"cnn1d": "sequence", "mlp": "regression", "language_model": "language"}
FLOORS = {"sequence": 0.6, "regression": 0.2, "language": -14.0}
LEFT_ON_HOST = """
import torch


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = torch.nn.Linear(12, 3)

    def forward(self, x):
        return self.fc(x + torch.zeros(12))


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    model = Net()
    model.to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=hyperparams["lr"])
    kept = {"train_losses": [], "val_losses": [], "val_acc": []}
    for epoch in range(4):
        for start in range(0, 64, 32):
            optimizer.zero_grad()
            loss = torch.nn.functional.cross_entropy(model(X_train[start : start + 32]), y_train[start : start + 32])
            loss.backward()
            optimizer.step()
        for name in kept:
            kept[name].append(loss.item())
        print(epoch)
    return model.cpu(), kept
"""


def _case(name, code, values, arrays):
    X, y = torch.cat([arrays[0], arrays[2]]), torch.cat([arrays[1], arrays[3]])
    return {"name": name, "code": code, "values": values, "X": X.tolist(), "y": y.tolist()}


def _probe(cases):
    """What the probe says of each case; it runs once, since importing torch_xla takes seconds."""
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("xla_probe.py"))], input=json.dumps(cases), capture_output=True,
        text=True, timeout=280, check=False,
        env={**os.environ, "PJRT_DEVICE": "CPU", "OMP_NUM_THREADS": "1",
             "XLA_FLAGS": "--xla_cpu_use_fusion_emitters=false --xla_backend_optimization_level=1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return {line["name"]: line for line in map(json.loads, done.stdout.splitlines())}


@pytest.fixture(scope="module")
def results(make):
    make_profile, make_data = make
    cases = []
    for family, kind in CASES.items():
        request = CodeRequest(profile=make_profile(kind))
        function = write_family(next(c for c in rank(request) if c.family.name == family), request)
        values = {**defaults(function.bo_config), "epochs": 6, "batch_size": 16}
        cases.append(_case(family, function.training_code, values, make_data(kind, 240)))
    function = TrainingFunction(
        model_name="net", training_code=LEFT_ON_HOST, confidence=0.5, data_profile=make_profile("table"), timestamp=0,
        bo_config=parse_search_space({"lr": {"default": 0.1, "type": "Real", "low": 0.01, "high": 1.0}}),
    )  # fmt: skip
    message = (
        "torch_xla/csrc/aten_xla_bridge.cpp:90 : Check failed: xtensor : Expected XLA tensor. Got: torch.FloatTensor"
    )
    failure = ExecutionResult(
        status=Status.RAISED, error=ErrorReport(type="RuntimeError", message=message, phase="call")
    )
    correction = ExpertDebugger().correct(DebugRequest(function=function, hyperparameters={"lr": 0.1}, failure=failure))
    cases.append(_case("repaired", correction.training_code, {"lr": 0.1}, make_data("table", 64)))
    return _probe(cases)


@pytest.mark.parametrize("family", CASES)
def test_compilations_stop_after_the_second_epoch(family, results):
    counts = results[family]["counts"]
    assert len(counts) == 6
    assert counts[-1] == counts[1]
    assert counts[1] <= 5


@pytest.mark.parametrize("family", CASES)
def test_nothing_falls_back_to_the_host(family, results):
    assert results[family]["fallbacks"] == []


@pytest.mark.parametrize("family", CASES)
def test_learns_on_xla(family, results):
    kept = results[family]["metrics"]
    assert max(kept.get("val_acc") or kept["val_metric"]) > FLOORS[CASES[family]]


def test_code_left_on_the_host_is_repaired_for_xla(results):
    losses = results["repaired"]["metrics"]["train_losses"]
    assert len(losses) == 4
    assert losses[-1] < losses[0]
