"""What the box reports that no small program shows: limits, devices, tampering; and the debugger's memory."""

import re

import pytest

from agents.contracts import Attempt, CodeRequest, Correction, DebugRequest
from agents.expert import ExpertCoder, ExpertDebugger
from runtime.job import ErrorReport, ExecutionResult, Status
from runtime.outcome import StopCause
from runtime.search_space import defaults, parse_search_space
from runtime.training_function import TrainingFunction

LLM_SPACE = {
    "learning_rate": {"default": 0.1, "type": "Real", "low": 0.01, "high": 1.0, "prior": "log-uniform"},
    "batch_size": {"default": 256, "type": "Categorical", "categories": [64, 128, 256]},
    "num_epochs": {"default": 50, "type": "Integer", "low": 10, "high": 100},
    "hidden_size": {"default": 256, "type": "Integer", "low": 64, "high": 512},
    "num_heads": {"default": 3, "type": "Categorical", "categories": [2, 3]},
    "dropout": {"default": 0.9, "type": "Real", "low": 0.0, "high": 1.5},
    "quantization_bits": {"default": 32, "type": "Categorical", "categories": [8, 16, 32]},
}
CODE = """import torch
from torch.utils.data import DataLoader, TensorDataset


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    model = torch.nn.Linear(12, 3)
    optimizer = torch.optim.SGD(model.parameters(), lr=hyperparams["learning_rate"])
    criterion = torch.nn.CrossEntropyLoss()
    losses = {"train_losses": [], "val_losses": [], "val_acc": []}
    for epoch in range(1):
        for xb, yb in DataLoader(TensorDataset(X_train, y_train), batch_size=32):
            loss = criterion(model(xb), yb)
            print(loss)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        for name in losses:
            losses[name].append(loss.item())
    return model, losses
"""


def request(profile, failure, code=CODE, tried=(), **changes):
    function = TrainingFunction(
        model_name="net", training_code=code, bo_config=parse_search_space({**LLM_SPACE, **changes}), confidence=0.5,
        data_profile=profile("table"), timestamp=0,
    )  # fmt: skip
    values = defaults(function.bo_config)
    return DebugRequest(function=function, hyperparameters=values, failure=failure, tried=list(tried))


def raised(kind, message, line=None):
    error = ErrorReport(type=kind, message=message, line=line, phase="call")
    return ExecutionResult(status=Status.RAISED, error=error, detail=f"{kind}: {message}")


def ended(status, detail=""):
    return ExecutionResult(status=status, detail=detail)


def ask(*args, **kwargs) -> Correction:
    return ExpertDebugger().correct(request(*args, **kwargs))


@pytest.mark.parametrize(
    ("failure", "cause"),
    [
        (ended(Status.TAMPERED, "The job closed the result pipe and went on."), StopCause.TAMPERING),
        (raised("OSError", "[Errno 28] No space left on device"), StopCause.NO_DISK),
        (raised("ModuleNotFoundError", "No module named 'torch_xla'"), StopCause.MISSING_DEPENDENCY),
        (raised("RuntimeError", "No visible Neuron devices: is the driver loaded?"), StopCause.NO_DEVICE),
    ],
)
def test_what_no_code_can_cure_stops_with_its_cause(failure, cause, profile):
    correction = ask(profile, failure)
    assert correction.kind == "system_issue"
    assert correction.cause is cause
    assert correction.explanation


def test_memory_takes_smaller_batches_then_a_smaller_network_then_stops(profile):
    failure = ended(Status.OUT_OF_MEMORY, "The job ran out of its 4096 MB of memory.")
    first = ask(profile, failure)
    assert first.bo_config["batch_size"].default == 64
    assert first.bo_config["hidden_size"].default == 256
    tried = [Attempt(correction=first, failure=failure.detail)]
    second = ask(profile, failure, tried=tried)
    assert second.bo_config["hidden_size"].default == 128
    tried.append(Attempt(correction=second, failure=failure.detail))
    third = ask(profile, failure, tried=tried)
    assert (third.kind, third.cause) == ("system_issue", StopCause.OUT_OF_MEMORY)


def test_time_out_takes_fewer_epochs_first(profile):
    correction = ask(profile, ended(Status.TIMED_OUT, "The job ran longer than 600 s."))
    assert correction.bo_config["num_epochs"].default == 20
    assert correction.bo_config["num_epochs"].high == 20
    assert correction.bo_config["hidden_size"].default == 256


def test_nan_takes_a_tenth_of_the_rate_then_clips(profile):
    failure = raised("ContractError", "metrics['train_losses'][0] is nan: the training diverged")
    first = ask(profile, failure)
    assert first.bo_config["learning_rate"].default == pytest.approx(0.01)
    second = ask(profile, failure, tried=[Attempt(correction=first, failure=failure.detail)])
    assert second.kind == "training_code"
    clipped = r"loss\.backward\(\)\n +torch\.nn\.utils\.clip_grad_norm_\(\[p for group in optimizer\.param_groups"
    assert re.search(clipped, second.training_code)


def test_too_large_a_model_takes_fewer_bits_then_fewer_units(profile):
    first = ask(profile, raised("SizeExceeded", "the model takes 900.0 KB, and 256 KB is the limit"))
    assert first.bo_config["quantization_bits"].default == 8
    assert first.bo_config["hidden_size"].default == 256
    second = ask(profile, raised("SizeExceeded", "the model takes 2900.0 KB, and 256 KB is the limit"))
    assert second.bo_config["quantization_bits"].default == 8
    assert second.bo_config["hidden_size"].default < 160
    assert second.bo_config["hidden_size"].high < 160


def test_output_flood_loses_the_prints_of_the_step_loop(profile, data, run_code):
    correction = ask(profile, ended(Status.OUTPUT_FLOOD, "The job printed more than 1024 KB."))
    assert "print" not in correction.training_code
    _, result = run_code(correction.training_code, data("table", 64), learning_rate=0.1)
    assert result.ok, result.detail


def test_recompilation_takes_one_batch_size_and_a_sync(profile, data, run_code):
    correction = ask(profile, raised("RecompilationError", "XLA still compiles new graphs in epoch 5 (2 in this one)"))
    assert "drop_last=True" in correction.training_code
    assert "torch_xla.sync()" in correction.training_code
    _, result = run_code(correction.training_code, data("table", 64), learning_rate=0.1)
    assert result.ok, result.detail


def test_ranges_by_offsets_lose_their_last_batch(profile):
    code = CODE.replace(
        "for xb, yb in DataLoader(TensorDataset(X_train, y_train), batch_size=32):",
        "for i in range(0, len(X_train), size):\n            xb, yb = X_train[i : i + size], y_train[i : i + size]",
    ).replace("    model =", "    size = 32\n    model =")
    correction = ask(profile, raised("RecompilationError", "XLA still compiles new graphs"), code=code)
    assert "range(0, max(1, len(X_train) - size + 1), size)" in correction.training_code


def test_mixed_devices_move_model_batches_and_validation(profile, data, run_code):
    failure = raised(
        "RuntimeError", "torch_xla/csrc/aten_xla_bridge.cpp:90 : Expected XLA tensor. Got: torch.FloatTensor"
    )
    correction = ask(profile, failure)
    assert "model = model.to(device)" in correction.training_code or "xb.to(device)" in correction.training_code
    _, result = run_code(correction.training_code, data("table", 64), learning_rate=0.1)
    assert result.ok, result.detail


def test_a_swallowed_class_weighs_more(profile, data, run_code):
    correction = ask(profile, raised("MeasurementFault", "the model answers always the same class"))
    assert "weight=" in correction.training_code
    _, result = run_code(correction.training_code, data("table", 64), learning_rate=0.1)
    assert result.ok, result.detail


def test_dropout_beyond_one(profile):
    correction = ask(profile, raised("ValueError", "dropout probability has to be between 0 and 1, but got 1.4"))
    assert correction.bo_config["dropout"].high <= 0.9


def test_heads_and_width_are_aligned(profile):
    correction = ask(profile, raised("AssertionError", "embed_dim must be divisible by num_heads"))
    space = correction.bo_config
    assert all(w % h == 0 for w in space["hidden_size"].categories for h in space["num_heads"].categories)


def test_a_crash_takes_less_memory(profile):
    correction = ask(profile, ended(Status.KILLED, "The process was ended by SIGSEGV."))
    assert correction.kind == "bo_config"
    assert correction.bo_config["batch_size"].default == 128


def test_written_files_are_left_out(profile, data, run_code):
    code = CODE.replace("    return model", '    torch.save(model, "/model.pt")\n    return model')
    line = code.splitlines().index('    torch.save(model, "/model.pt")') + 1
    correction = ask(profile, raised("OSError", "[Errno 30] Read-only file system: '/model.pt'", line), code=code)
    assert "torch.save" not in correction.training_code
    _, result = run_code(correction.training_code, data("table", 64), learning_rate=0.1)
    assert result.ok, result.detail


def test_the_last_resort_is_another_network_and_says_so(profile, data, run_code):
    failure = raised("RuntimeError", "something that nobody has seen before")
    correction = ask(profile, failure)
    assert correction.kind == "training_code"
    assert "expert (rule-based)" in correction.explanation
    returned, result = run_code(
        correction.training_code, data("table", 64), **{**defaults(correction.bo_config), "epochs": 1}
    )
    assert result.ok, result.detail
    assert returned[1]["val_acc"]


def test_never_the_same_correction_twice_and_an_end(profile):
    failure, tried = raised("RuntimeError", "something that nobody has seen before"), []
    seen = set()
    for _ in range(10):
        correction = ask(profile, failure, tried=tried)
        key = correction.model_dump_json(exclude={"explanation"})
        assert key not in seen
        seen.add(key)
        tried.append(Attempt(correction=correction, failure=failure.detail))
        if correction.kind == "system_issue":
            break
    assert correction.cause is StopCause.REPEATED_CORRECTION
    assert len(tried) >= 3


def test_code_that_does_not_parse_is_never_answered(profile):
    correction = ask(
        profile, raised("SyntaxError", "'(' was never closed"), code="def train_model(X_train,\n    x = (1"
    )
    assert compile(correction.training_code, "corrected", "exec").co_names


def test_a_failing_blueprint_is_replaced_by_another_family(profile):
    written = ExpertCoder().write(CodeRequest(profile=profile("sequence")))
    failure = raised("RuntimeError", "something that nobody has seen before")
    correction = ExpertDebugger().correct(
        DebugRequest(function=written, hyperparameters=defaults(written.bo_config), failure=failure)
    )
    assert correction.training_code.splitlines()[0] != written.training_code.splitlines()[0]


def test_a_package_that_the_code_lives_by_is_named_in_the_end(profile):
    header = "def train_model(X_train, y_train, X_val, y_val, device):"
    code = f"import lightgbm\n\n\n{header}\n    return lightgbm.fit(X_train)\n"
    failure, tried = raised("ModuleNotFoundError", "No module named 'lightgbm'"), []
    for _ in range(10):
        correction = ask(profile, failure, code=code, tried=tried)
        tried.append(Attempt(correction=correction, failure=failure.detail))
        if correction.kind == "system_issue":
            break
    assert tried[0].correction.kind == "training_code"
    assert "lightgbm" not in tried[0].correction.training_code
    assert correction.cause is StopCause.MISSING_DEPENDENCY
