"""The same training code run eagerly, by torch.compile and by XLA: what it returns is the same plain module."""

import pytest
import torch
from torch import nn

from runtime.compiler.training_loops import LoopStrategy
from runtime.events import ignore_events
from runtime.harness import loop as harness
from runtime.harness import train
from runtime.harness.spec import TrainSpec

CODE = """
import copy
import torch
from torch import nn


def train_model(X_train, y_train, X_val, y_val, device, **hp):
    model = nn.Sequential(nn.Flatten(), nn.Linear(20, 16), nn.ReLU(), nn.Linear(16, 3)).to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    losses, best = [], None
    for epoch in range(2):
        model.train()
        for start in range(0, 128, 32):
            optimizer.zero_grad()
            x, y = X_train[start : start + 32].to(device), y_train[start : start + 32].to(device)
            loss = nn.functional.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            right = (model(X_val.to(device)).argmax(1).cpu() == y_val).float().mean().item()
        losses.append(loss.item())
        best = copy.deepcopy(model)
    return best.cpu(), {"train_losses": losses, "val_losses": losses, "val_acc": [right]}
"""


def trained(inputs, scratch, **options):
    scratch.mkdir()
    spec = TrainSpec(code=CODE, hyperparameters={}, export=True, **options)
    return train.run(spec.model_dump(), inputs, scratch, ignore_events)


def test_what_was_seen_of_a_loop_is_told(make_inputs, tmp_path):
    value = trained(make_inputs((20,)), tmp_path / "a", target="cpu")
    assert value["loop"] == {"network": "mlp", "batch": 32, "steps": 8}
    assert value["device"] == "eager PyTorch on the CPU"


@pytest.mark.xla_here
def test_code_for_the_cpu_trains_alike_on_xla(make_inputs, tmp_path):
    inputs = make_inputs((20,))
    plain = trained(inputs, tmp_path / "a", target="cpu")
    value = trained(inputs, tmp_path / "b", target="cpu", strategy="xla")
    assert value["device"] == "XLA on CPU" and value["xla"]["compilations"] <= 6, "it is synced after each step"
    assert value["claims"]["train_losses"] == pytest.approx(plain["claims"]["train_losses"], abs=1e-3)


@pytest.mark.xla_here
def test_code_for_xla_is_handed_the_cpu_to_run_eagerly(make_inputs, tmp_path):
    value = trained(make_inputs((20,)), tmp_path / "a", target="xla", strategy="eager")
    assert value["device"] == "eager PyTorch on the CPU" and value["xla"] == {}


def test_modules_are_compiled_where_they_stand_and_are_plain_again(make_inputs, tmp_path, monkeypatch):
    compiled = []

    def backend(graph, _inputs):
        compiled.append(graph)
        return graph.forward

    monkeypatch.setattr(torch, "compile", lambda call, real=torch.compile: real(call, backend=backend))
    inputs = make_inputs((20,))
    plain = trained(inputs, tmp_path / "a", target="cpu")
    value = trained(inputs, tmp_path / "b", target="cpu", strategy="torch.compile")
    assert len(compiled) == 1 and value["device"] == "torch.compile on the CPU", "validation stays eager"
    assert value["claims"]["train_losses"] == pytest.approx(plain["claims"]["train_losses"], abs=1e-4)


def test_nothing_stays_compiled_after_a_training_that_failed():
    model = nn.Linear(2, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with pytest.raises(RuntimeError, match="mat1"), harness.Loop("cpu", LoopStrategy.COMPILED) as loop:
        model(torch.ones(3, 2)).sum().backward()
        optimizer.step()
        assert model._compiled_call_impl is not None
        model.eval()
        model(torch.ones(3, 4))
    assert model._compiled_call_impl is None and (loop.batch, loop.steps) == (3, 1)
    assert not torch.nn.modules.module._global_forward_hooks


class SelfAttention(nn.Module):
    pass


@pytest.mark.parametrize(
    ("model", "family"),
    [
        (nn.Sequential(nn.Linear(2, 2)), "mlp"),
        (nn.Sequential(nn.Conv2d(1, 1, 3), nn.Linear(2, 2)), "cnn"),
        (nn.Sequential(nn.Conv1d(1, 1, 3), nn.Linear(2, 2)), "cnn1d"),
        (nn.Sequential(nn.Conv1d(1, 1, 3), SelfAttention()), "transformer"),
        (nn.Sequential(nn.Conv1d(1, 1, 3), nn.LSTM(2, 2), SelfAttention()), "recurrent"),
    ],
)
def test_the_family_of_a_network(model, family):
    assert harness.network_of(model) == family
