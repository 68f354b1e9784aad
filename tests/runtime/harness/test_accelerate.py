"""Slow functions are found, compiled and had again by a later job; what can't be is named."""

import importlib.util
import json

import numpy
import pytest

from runtime.events import ignore_events
from runtime.harness import accelerate, compiled, train
from runtime.harness.failure import GeneratedCodeError
from runtime.harness.module_loader import load_train_model
from runtime.harness.spec import COMPILED, AccelerateSpec, TrainSpec

CODE = """
import random
import torch
from torch import nn


def wave(values, steps):
    total = 0.0
    for step in range(steps):
        for value in values:
            total += value * (step % 7) - 0.5 * total
    return total


def noise(values, steps):
    total = 0.0
    for _ in range(steps):
        total += values[0] * random.random()
    return total


class Slow:
    def sum(self, steps):
        total = 0
        for step in range(steps):
            total += step % 3
        return total


def train_model(X_train, y_train, X_val, y_val, device, **hp):
    extra = [[wave(row, STEPS) + 0 * noise(row, STEPS) + 0 * Slow().sum(5 * STEPS)] for row in X_train.tolist()]
    model = nn.Linear(X_train.shape[1], 3)
    assert len(extra) == len(X_train)
    return model, {"train_losses": [0.1], "val_losses": [0.1], "val_acc": [extra[0][0] % 1]}
""".replace("STEPS", "4000")
has_numba = pytest.mark.skipif(importlib.util.find_spec("numba") is None, reason="numba is not installed")


@pytest.fixture
def inputs(tmp_path):
    random = numpy.random.default_rng(0)
    arrays = {"X": random.normal(size=(30, 4)).astype(numpy.float32), "y": random.integers(0, 3, 30)}
    found = {}
    for part in ("train", "val"):
        for name, values in arrays.items():
            found[f"{name}_{part}"] = tmp_path / f"{name}_{part}.npy"
            numpy.save(found[f"{name}_{part}"], values)
    return found


def looked(code, inputs, scratch, **options):
    scratch.mkdir()
    spec = AccelerateSpec(code=code, hyperparameters={}, target="cpu", **options)
    value = accelerate.run(spec.model_dump(), inputs, scratch, ignore_events)
    json.dumps(value, allow_nan=False)
    return {one["name"]: one for one in value["functions"]}


def trained(inputs, scratch):
    scratch.mkdir()
    return train.run(
        TrainSpec(code=CODE, hyperparameters={}, target="cpu").model_dump(), inputs, scratch, ignore_events
    )


@has_numba
def test_a_slow_function_is_compiled_and_had_again_and_others_are_named(inputs, tmp_path, monkeypatch):
    def refused(*_, **__):
        raise PermissionError(1, "as in a box")

    monkeypatch.setattr("subprocess.Popen", refused)
    found = looked(CODE, inputs, tmp_path / "a", repeats=1e6)
    wave = found["wave"]
    assert wave["strategy"] == "optimized" and wave["speedup"] > 2 and wave["share"] > 0.1
    assert "native: No other program may be started here" in wave["reasons"][0]
    assert "uses .random" in found["noise"]["reasons"][-1]
    assert "is a method" in found["Slow.sum"]["reasons"][-1]
    plain = trained(inputs, tmp_path / "b")
    fast = trained({**inputs, COMPILED: tmp_path / "a" / COMPILED}, tmp_path / "c")
    assert plain["swapped"] == [] and fast["swapped"] == ["wave"]
    assert fast["claims"]["val_acc"] == pytest.approx(plain["claims"]["val_acc"])


def test_without_seconds_nothing_is_compiled(inputs, tmp_path):
    found = looked(CODE, inputs, tmp_path / "a", seconds=1e-6)
    assert "were over" in found["wave"]["reasons"][-1]
    assert json.loads((tmp_path / "a" / COMPILED / compiled.LIST).read_text()) == []


def test_what_the_code_raises_is_told_as_data(inputs, tmp_path):
    with pytest.raises(GeneratedCodeError) as caught:
        looked(CODE.replace("assert len(extra)", "assert not len(extra)"), inputs, tmp_path / "a")
    assert caught.value.error_report["phase"] == "accelerate"


def test_what_can_not_be_had_again_stays_plain(tmp_path):
    load_train_model(CODE)
    place = tmp_path / "a"
    place.mkdir()
    lines = [{"name": name, "strategy": "optimized", "backend": "numba 0.0", "types": []} for name in ("wave", "gone")]
    (place / compiled.LIST).write_text(json.dumps(lines))
    before = compiled.own_functions()
    assert compiled.swap(place) == [] and compiled.own_functions() == before
