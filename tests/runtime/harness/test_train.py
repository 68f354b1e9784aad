"""The training job on real functions, on XLA and on the CPU, and on broken ones."""

import json

import numpy
import pytest
import torch

from runtime.events import ignore_events
from runtime.harness import predict, train
from runtime.harness.failure import GeneratedCodeError
from runtime.harness.quantize import pack, quantize, unpack
from runtime.harness.spec import TrainSpec
from runtime.job import ErrorReport


def job(code, inputs, scratch, emit=ignore_events, **options):
    options.setdefault("hyperparameters", {"epochs": 3, "hidden_size": 16, "batch_size": 32})
    scratch.mkdir(exist_ok=True)
    return train.run(TrainSpec(code=code, **options).model_dump(), inputs, scratch, emit)


def failure(code, inputs, scratch, **options):
    with pytest.raises(GeneratedCodeError) as caught:
        job(code, inputs, scratch, target="cpu", **options)
    return ErrorReport.model_validate(caught.value.error_report)


SHAPES = {"mlp": (20,), "cnn": (1, 8, 8), "lstm": (2, 24), "transformer": (2, 32)}


@pytest.mark.xla_here
@pytest.mark.parametrize("name", SHAPES)
def test_a_function_trains_on_xla_and_its_export_answers_alike(name, functions, make_inputs, tmp_path):
    inputs, events = make_inputs(SHAPES[name]), []
    value = job(functions[name], inputs, tmp_path / "a", events.append, target="xla", export=True)
    json.dumps(value, allow_nan=False)
    assert value["device"] == "XLA on CPU" and value["epochs"] == 3
    assert 0 < value["xla"]["compilations"] <= 8 and value["xla"]["fallbacks"] == 0
    assert [event["epoch"] for event in events] == [1, 2, 3]
    predicted = numpy.load(tmp_path / "a" / "val_predictions.npy")
    accuracy = (predicted.argmax(1) == numpy.load(inputs["y_val"])).mean()
    assert predicted.shape == (70, 3) and accuracy > 0.8
    assert accuracy == pytest.approx(value["claims"]["val_acc"][-1], abs=0.02)
    out = tmp_path / "b"
    out.mkdir()
    weights = unpack((tmp_path / "a" / "weights.safetensors").read_bytes())
    (out / "model.safetensors").write_bytes(pack(quantize(weights, 32), {}, 32))
    files = {"graph": tmp_path / "a" / "graph.pt2", "model": out / "model.safetensors", "X_val": inputs["X_val"]}
    predict.run({}, files, out, events.append)
    assert numpy.allclose(numpy.load(out / "val_predictions.npy"), predicted, atol=1e-4)


@pytest.mark.xla_here
def test_adam_compiles_one_training_step(functions, make_inputs, tmp_path):
    value = job(functions["mlp"], make_inputs((11,)), tmp_path / "a", target="xla")
    assert value["xla"]["compilations"] <= 3


@pytest.mark.xla_here
def test_endless_recompilation_stops_the_job(functions, make_inputs, tmp_path):
    growing = functions["mlp"].replace("loss = loss_function(", "loss = (2.0 + epoch) ** 0.5 * loss_function(")
    growing = growing.replace("        for start in", "        batch -= 1\n        for start in")
    with pytest.raises(GeneratedCodeError) as caught:
        job(growing, make_inputs((10,)), tmp_path / "a", target="xla", hyperparameters={"epochs": 8})
    report = caught.value.error_report
    assert report["type"] == "RecompilationError" and report["phase"] == "call" and "epoch 4" in report["message"]


@pytest.mark.parametrize("bits", [8, 16, 32])
def test_predictions_are_those_of_the_quantized_weights(bits, functions, make_inputs, tmp_path):
    inputs = make_inputs((20,))
    job(functions["mlp"], inputs, tmp_path / "a", target="cpu", quantization_bits=bits)
    weights = unpack((tmp_path / "a" / "weights.safetensors").read_bytes())
    stored = unpack(pack(quantize(weights, bits), {}, bits))
    hidden = numpy.load(inputs["X_val"]) @ stored["1.weight"].T + stored["1.bias"]
    expected = hidden.clip(0) @ stored["3.weight"].T + stored["3.bias"]
    assert numpy.allclose(numpy.load(tmp_path / "a" / "val_predictions.npy"), expected, atol=1e-4)


def test_the_same_seed_gives_the_same_model(functions, make_inputs, tmp_path):
    inputs = make_inputs((20,))
    for name in "ab":
        job(functions["mlp"], inputs, tmp_path / name, target="cpu", seed=7)
    assert (tmp_path / "a" / "weights.safetensors").read_bytes() == (
        tmp_path / "b" / "weights.safetensors"
    ).read_bytes()


def test_hyperparameters_arrive_as_given_and_a_smoke_run_lowers_epochs(make_inputs, tmp_path):
    code = BODY.format(body="assert type(hp['epochs']) is int and hp['name'] == 'x' and hp['on'] is True", result=GOOD)
    values = {"epochs": 50, "name": "x", "on": True}
    value = job(code, make_inputs((4,)), tmp_path / "a", target="cpu", hyperparameters=values, max_epochs=1)
    assert value["hyperparameters"] == {"epochs": 1, "name": "x", "on": True}


BODY = """import torch
import numpy
NET = torch.nn.Linear(4, 3)
GOOD = {{"train_losses": [1.0], "val_losses": [1.0], "val_acc": [0.5]}}
class Text(str):
    def __str__(self): raise SystemExit
class Wild(Exception):
    def __str__(self): raise ValueError("no text")
def train_model(X_train, y_train, X_val, y_val, device, **hp):
    {body}
    return {result}
"""
GOOD = "NET, GOOD"


@pytest.mark.parametrize(
    ("body", "result", "kind", "phase", "text"),
    [
        ("1 / 0", GOOD, "ZeroDivisionError", "call", "division by zero"),
        ("raise Wild", GOOD, "Wild", "call", "can't be read"),
        ("raise KeyError(Text('k'))", GOOD, "KeyError", "call", "k"),
        ("raise SystemExit(0)", GOOD, "SystemExit", "call", "0"),
        ("raise KeyboardInterrupt", GOOD, "KeyboardInterrupt", "call", ""),
        ("NET(X_train[:, :2])", GOOD, "RuntimeError", "call", "cannot be multiplied"),
        ("pass", "NET", "ContractError", "contract", "(model, metrics)"),
        ("pass", "(3, GOOD)", "ContractError", "contract", "torch.nn.Module, not int"),
        ("pass", "(NET, {})", "ContractError", "contract", "train_losses"),
        ("GOOD['val_acc'] = 0.5", GOOD, "ContractError", "contract", "must be a list"),
        ("GOOD['val_acc'] = []", GOOD, "ContractError", "contract", "is empty"),
        ("GOOD['val_losses'] = [float('nan')]", GOOD, "ContractError", "contract", "diverged"),
        ("GOOD['val_losses'] = ['x']", GOOD, "ContractError", "contract", "must be a number, not str"),
        ("pass", "torch.nn.Linear(5, 3), GOOD", "RuntimeError", "measure", "cannot be multiplied"),
        ("pass", "torch.nn.LSTM(4, 3), GOOD", "ContractError", "measure", "one tensor"),
    ],
)
def test_broken_functions_are_reported_by_phase(body, result, kind, phase, text, make_inputs, tmp_path):
    report = failure(BODY.format(body=body, result=result), make_inputs((4,)), tmp_path / "a", hyperparameters={})
    assert (report.type, report.phase) == (kind, phase)
    assert text in report.message
    if phase == "call":
        assert report.line == 10 and "line 10" in report.traceback and "site-packages" not in report.traceback


def test_contract_numbers_may_be_numpy_or_tensors(make_inputs, tmp_path):
    body = "GOOD.update(val_acc=numpy.array([0.5]), val_losses=[torch.tensor(1.0)], train_losses=[numpy.float32(2)])"
    value = job(BODY.format(body=body, result=GOOD), make_inputs((4,)), tmp_path / "a", target="cpu")
    assert value["claims"] == {"train_losses": [2.0], "val_losses": [1.0], "val_acc": [0.5]}
    assert all(type(number) is float for series in value["claims"].values() for number in series)


def test_text_that_is_no_module_is_a_load_failure(make_inputs, tmp_path):
    inputs = make_inputs((4,))
    report = failure("x = 1\ndef train_model(:\n", inputs, tmp_path / "a")
    assert (report.type, report.phase, report.line) == ("SyntaxError", "load", 2)
    assert failure("import nowhere_at_all", inputs, tmp_path / "b").type == "ModuleNotFoundError"
    assert "must define train_model" in failure("x = 1", inputs, tmp_path / "c").message


def test_a_model_that_can_not_be_traced_fails_in_export(make_inputs, tmp_path):
    net = (
        "class Net(torch.nn.Linear):\n"
        "    def forward(self, x):\n"
        "        return super().forward(x) if x.sum().item() > 0 else super().forward(-x)\n"
        "NET = Net(4, 3)\n"
    )
    code = BODY.format(body="pass", result=GOOD).replace("NET = torch.nn.Linear(4, 3)\n", net)
    report = failure(code, make_inputs((4,)), tmp_path / "a", export=True)
    assert report.phase == "export" and report.message


def test_tied_weights_are_stored_once(make_inputs, tmp_path):
    tied = "NET = torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.Linear(4, 4))\nNET[1].weight = NET[0].weight\n"
    code = BODY.format(body="pass", result=GOOD).replace("NET = torch.nn.Linear(4, 3)\n", tied)
    job(code, make_inputs((4,)), tmp_path / "a", target="cpu", quantization_bits=8)
    content = (tmp_path / "a" / "weights.safetensors").read_bytes()
    assert content.count(b"1.weight") == 1 and b'"shape":[4,4]' in content
    weights = unpack(content)
    assert numpy.array_equal(weights["0.weight"], weights["1.weight"])


def test_generated_code_can_not_write_into_the_arrays_on_disk(make_inputs, tmp_path):
    inputs = make_inputs((4,))
    before = inputs["X_train"].read_bytes()
    job(BODY.format(body="X_train.zero_(); y_val.zero_()", result=GOOD), inputs, tmp_path / "a", target="cpu")
    assert inputs["X_train"].read_bytes() == before


def test_an_absent_accelerator_is_named(make_inputs, tmp_path):
    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    value = job(BODY.format(body="pass", result=GOOD), make_inputs((4,)), tmp_path / "a", target="cuda")
    assert value["device"] == "eager PyTorch on the CPU" and "NVIDIA" in value["device_fallback"]


HEAD = """import torch
class Net(torch.nn.Linear):
    def forward(self, x):
        return {answer}
def train_model(X_train, y_train, X_val, y_val, device, **hp):
    X_val[:] = 0
    return Net(20, 3), {{"train_losses": [1.0], "val_losses": [1.0], "val_acc": [0.1]}}
"""


@pytest.mark.parametrize(
    ("answer", "phase", "words"),
    [
        ("super().forward(x - x.mean(0))", "export", "other rows of its batch"),
        ("super().forward(x) / 0", "measure", "NaN or infinite"),
        ("super().forward(x).argmax(1)", "measure", "floating"),
        ("torch.complex(super().forward(x), super().forward(x))", "measure", "floating"),
        ("super().forward(x) * torch.rand(1)", "export", "answers differently"),
    ],
)
def test_answers_that_can_not_be_measured_are_named(answer, phase, words, make_inputs, tmp_path):
    report = failure(HEAD.format(answer=answer), make_inputs((20,)), tmp_path / "a", export=True)
    assert (report.phase, report.type) == (phase, "ContractError") and words in report.message


def test_rows_that_generated_code_overwrote_are_read_again(make_inputs, tmp_path):
    job(HEAD.format(answer="super().forward(x)"), make_inputs((20,)), tmp_path / "a", target="cpu")
    assert len(numpy.unique(numpy.load(tmp_path / "a" / "val_predictions.npy"), axis=0)) == 70
