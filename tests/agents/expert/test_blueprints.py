"""Every blueprint, as the coder writes it, learns, keeps to its size, exports and repeats itself."""

import contextlib
import copy
import io
import subprocess
import sys
from functools import cache

import pytest
import torch

from agents.contracts import CodeRequest
from agents.expert.coder import rank, write_family
from agents.expert.families import FAMILIES
from runtime.harness.quantize import dequantize, quantize
from runtime.search_space import CategoricalParameter, IntegerParameter, defaults

CASES = [
    ("mlp", "table"), ("mlp", "regression"), ("linear", "table"), ("linear", "regression"), ("cnn1d", "sequence"),
    ("attention", "sequence"), ("transformer", "sequence"), ("cnn2d", "image"), ("transformer", "image"),
    ("mlp", "image"),
    ("text_classifier", "text"), ("text_transformer", "text"), ("bag_of_tokens", "text"),
    ("language_model", "language"),
]  # fmt: skip
EPOCHS = 12
FLOORS = {"table": 0.55, "regression": 0.3, "sequence": 0.6, "image": 0.6, "text": 0.8, "language": -12.0}
"""Scores that the majority class (0.33 or 0.5), the mean (0) and a uniform guess (-30) stay far below."""


def _function(profile, family, kind, **changes):
    request = CodeRequest(profile=profile(kind, **changes))
    candidate = next(found for found in rank(request) if found.family.name == family)
    return candidate, write_family(candidate, request)


def _values(function, **changes):
    return {**defaults(function.bo_config), **changes}


def test_every_family_is_tested():
    assert {family.name for family in FAMILIES} == {name for name, _ in CASES}


@pytest.fixture(scope="module")
def train(make, run_code):
    """Each family trained once, for all tests that look at the outcome: candidate, function, arrays, result, text."""
    make_profile, make_data = make

    @cache
    def trained(family, kind):
        candidate, function = _function(make_profile, family, kind)
        arrays, printed = make_data(kind, 320), io.StringIO()
        torch.manual_seed(0)
        with contextlib.redirect_stdout(printed):
            outcome = run_code(function.training_code, arrays, **_values(function, epochs=EPOCHS, batch_size=16))
        return candidate, function, arrays, outcome, printed.getvalue()

    return trained


@pytest.mark.parametrize(("family", "kind"), CASES)
def test_learns_more_than_a_baseline(family, kind, train):
    _, _, _, (returned, result), text = train(family, kind)
    assert result.ok, result.detail
    metrics = returned[1]
    score = "val_acc" if kind not in ("regression", "language") else "val_metric"
    assert max(metrics[score]) > FLOORS[kind]
    lengths = {len(metrics[name]) for name in ("train_losses", "val_losses", score)}
    assert lengths == {len(metrics[score])}
    printed = text.splitlines()
    assert len(printed) == len(metrics[score])
    assert printed[0].startswith(f"epoch 1/{EPOCHS} train_loss=")
    assert f" val_loss={metrics['val_losses'][0]:.4f} {score}={metrics[score][0]:.4f}" in printed[0]


@pytest.mark.parametrize(("family", "kind"), CASES)
def test_stored_values_are_counted_exactly(family, kind, train):
    candidate, function, _, ((model, _), _), _ = train(family, kind)
    stored = [value for name, value in model.state_dict().items() if name not in ("mean", "scale")]
    total = sum(value.numel() for value in stored)
    assert candidate.family.stored_values(function.data_profile, _values(function)) == total


@pytest.mark.parametrize(("family", "kind"), CASES)
def test_exports_and_survives_eight_bits(family, kind, train):
    _, _, arrays, ((model, _), _), _ = train(family, kind)
    model = copy.deepcopy(model)
    batch = arrays[2][:8]
    graph = torch.export.export(model.cpu().eval(), (batch,), strict=False).module()
    with torch.no_grad():
        expected = model(batch)
        assert torch.allclose(graph(batch), expected, atol=1e-4)
        weights = {name: value.numpy() for name, value in model.state_dict().items()}
        restored = dequantize(quantize(weights, 8))
        model.load_state_dict({name: torch.from_numpy(value) for name, value in restored.items()})
        gap = (model(batch) - expected).abs().max()
    assert gap < 0.1 * (1 + expected.abs().max())


@pytest.mark.parametrize(("family", "kind"), [("cnn1d", "sequence"), ("mlp", "table"), ("transformer", "sequence")])
def test_same_seed_same_model(family, kind, profile, data, run_code):
    _, function = _function(profile, family, kind)
    losses = []
    for seed in (3, 3, 4):
        arrays = data(kind, 64)
        torch.manual_seed(seed)
        (_, metrics), _ = run_code(function.training_code, arrays, **_values(function, epochs=2))
        losses.append(metrics["train_losses"])
    assert losses[0] == losses[1]
    assert losses[0] != losses[2]


@pytest.mark.parametrize(("family", "kind"), CASES)
@pytest.mark.parametrize("end", ["low", "high"])
def test_ends_of_the_search_space_run(family, kind, end, profile, data, run_code):
    _, function = _function(profile, family, kind)
    values = {}
    for name, parameter in function.bo_config.items():
        if isinstance(parameter, CategoricalParameter):
            values[name] = parameter.categories[0 if end == "low" else -1]
        else:
            values[name] = parameter.low if end == "low" else parameter.high
        if isinstance(parameter, IntegerParameter):
            values[name] = int(values[name])
    returned, result = run_code(function.training_code, data(kind, 40), **{**values, "epochs": 2})
    assert result.ok, result.detail
    assert len(returned[1]["train_losses"]) == 2


def test_regression_answers_in_the_targets_units(profile, data, run_code):
    _, function = _function(profile, "mlp", "regression")
    arrays = data("regression", 320)
    torch.manual_seed(0)
    (model, _), _ = run_code(function.training_code, arrays, **_values(function, epochs=15))
    with torch.no_grad():
        answers = model(arrays[2])
    assert answers.shape == arrays[3].shape
    assert abs(float(answers.mean() - arrays[3].mean())) < 3
    assert float(((answers - arrays[3]) ** 2).mean()) < float(arrays[3].var())


def test_rare_classes_weigh_more_within_bounds():
    from agents.expert.blueprints.classification import Objective

    skewed = torch.cat([torch.zeros(900), torch.ones(99), torch.full((1,), 2)]).long()
    weights = Objective(skewed, 3, {"label_smoothing": 0.0}).weights
    assert weights[2] == 4.0
    assert 0.25 <= weights[0] < 1 < weights[1] < weights[2]
    even = torch.arange(30) % 3
    assert Objective(even, 3, {"label_smoothing": 0.0}).weights.tolist() == [1.0, 1.0, 1.0]


def test_one_odd_row_and_fewer_rows_than_a_batch(profile, data, run_code):
    _, function = _function(profile, "cnn1d", "sequence")
    returned, result = run_code(
        function.training_code, data("sequence", 33), **_values(function, epochs=2, batch_size=128)
    )
    assert result.ok, result.detail
    assert all(loss == loss for loss in returned[1]["val_losses"])


def test_divergence_is_raised_and_named(profile, data, run_code):
    _, function = _function(profile, "mlp", "table")
    X_train, *rest = data("table")
    _, result = run_code(function.training_code, (X_train * float("inf"), *rest), **_values(function, epochs=2))
    assert result.error.type == "FloatingPointError"
    assert "lower lr" in result.error.message


def test_early_stop_keeps_the_best_epoch(profile, data, run_code):
    _, function = _function(profile, "mlp", "table")
    arrays = data("table", 320)
    torch.manual_seed(0)
    (model, metrics), _ = run_code(function.training_code, arrays, **_values(function, epochs=60, patience=3, lr=0.01))
    with torch.no_grad():
        accuracy = float((model(arrays[2]).argmax(1) == arrays[3]).float().mean())
    assert accuracy == pytest.approx(max(metrics["val_acc"]), abs=1e-6)
    assert len(metrics["val_acc"]) < 60


@pytest.mark.parametrize("name", sorted(family.name for family in FAMILIES))
def test_the_file_itself_can_be_imported(name):
    module = __import__(f"agents.expert.blueprints.{name}", fromlist=["train_model"])
    assert callable(module.train_model)
    assert isinstance(module.DEFAULTS, dict)


def test_the_text_runs_where_torch_xla_is_absent(profile, tmp_path):
    _, function = _function(profile, "mlp", "table")
    script = (
        "import sys; sys.modules['torch_xla'] = None\n"
        + function.training_code
        + "\nX = torch.randn(40, 12); y = torch.arange(40) % 3\n"
        "model, metrics = train_model(X, y, X, y, 'cpu', epochs=1)\n"
        "assert 'agents' not in sys.modules\nprint(len(metrics['val_acc']))\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", script], capture_output=True, text=True, timeout=120, cwd=tmp_path, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "1"


@pytest.mark.parametrize("size", [1e-9, 1e9])
def test_targets_of_any_size_are_learnt_and_survive_sixteen_bits(size, profile, data, run_code):
    _, function = _function(profile, "mlp", "regression")
    X_train, y_train, X_val, y_val = data("regression", 240)
    arrays = X_train, y_train * size, X_val, y_val * size
    torch.manual_seed(0)
    (model, metrics), _ = run_code(function.training_code, arrays, **_values(function, epochs=8))
    assert max(metrics["val_metric"]) > 0.3
    weights = {name: value.numpy() for name, value in model.state_dict().items()}
    model.load_state_dict({name: torch.from_numpy(v) for name, v in dequantize(quantize(weights, 16)).items()})
    with torch.no_grad():
        error = ((model(X_val) - arrays[3]) / size).square().mean()
    assert float(error) < 0.7 * float(y_val.var())
