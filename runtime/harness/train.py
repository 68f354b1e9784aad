"""The boxed training job: run generated code on train and validation rows, and leave what the trusted side measures.

Left in the scratch folder: `val_predictions.npy`, `weights.safetensors` and, when asked, `graph.pt2`. The returned dict
fits `tools.execution.report.TrainReport`; everything here shares a process with generated code, so nothing is believed.
"""

import contextlib
import random
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy
import torch
from numpy.typing import NDArray

from runtime.devices import Device
from runtime.events import Emit
from runtime.harness import compiled, exporting, inference, next_tokens, optimizer_state, quantize, recurrence, xla
from runtime.harness.contract import Returned, check_returned
from runtime.harness.failure import GeneratedCodeError, report_failure
from runtime.harness.loop import Loop, open_for
from runtime.harness.module_loader import limit_epochs, load_train_model
from runtime.harness.progress import EpochWatcher
from runtime.harness.spec import COMPILED, GRAPH, VALIDATION_PREDICTIONS, WEIGHTS, TrainSpec

Where = str | Path
ARRAYS = ("X_train", "y_train", "X_val", "y_val")


class _Phases:
    """Which part is running, and how long each took."""

    def __init__(self) -> None:
        self.name = "load"
        self.seconds: dict[str, float] = {}

    @contextlib.contextmanager
    def phase(self, name: str) -> Iterator[None]:
        self.name = name
        start = time.perf_counter()
        yield
        self.seconds[name] = round(self.seconds.get(name, 0.0) + time.perf_counter() - start, 4)


def run(payload: dict[str, Any], inputs: Mapping[str, Where], scratch: Where, emit: Emit) -> dict[str, Any]:
    """Train, predict the validation rows with quantized weights, and save.

    Raises `GeneratedCodeError`, whose `error_report` fits `runtime.job.ErrorReport`, for anything generated code does
    wrong: its phase is load, call, contract, measure or export.
    """
    spec = TrainSpec.model_validate(payload)
    device = open_for(spec.target, spec.strategy)
    on_xla = device.handle.type == "xla"
    before = xla.read_counters() if on_xla else None
    phases = _Phases()
    hook = optimizer_state.install() if on_xla else None
    try:
        result = _train_and_measure(spec, device, inputs, Path(scratch), emit, phases)
    except BaseException as error:  # noqa: BLE001  the one place where any end of generated code becomes data
        raise GeneratedCodeError(report_failure(error, phases.name)) from None
    finally:
        if hook is not None:
            hook.remove()
    counters = xla.read_counters().since(before) if before is not None else {}
    return {
        **result,
        "device": device.words,
        "device_fallback": device.fallback,
        "seconds": phases.seconds,
        "xla": counters,
    }


def _train_and_measure(
    spec: TrainSpec, device: Device, inputs: Mapping[str, Where], scratch: Path, emit: Emit, phases: _Phases
) -> dict[str, Any]:
    arrays = {name: load_array(inputs[name]) for name in ARRAYS}
    seed_all(spec.seed, device)
    recurrence.install()
    with phases.phase("load"):
        train_model = load_train_model(spec.code)
        swapped = compiled.swap(Path(inputs[COMPILED])) if COMPILED in inputs else []
        values = limit_epochs(spec.code, train_model, spec.hyperparameters, spec.max_epochs)
    with phases.phase("call"):
        tensors = [torch.from_numpy(arrays[name]) for name in ARRAYS]
        counter = xla.compilations if device.handle.type == "xla" else None
        watched = EpochWatcher(sys.stdout, emit, counter)
        with Loop(spec.target, spec.strategy) as loop, contextlib.redirect_stdout(watched):
            answer = train_model(*tensors, device.handle, **values)
    with phases.phase("contract"):
        returned = check_returned(answer)
    with phases.phase("measure"):
        model = returned.model.to("cpu").eval()
        parameters = sum(parameter.numel() for parameter in model.parameters())
        rows = load_array(inputs["X_val"])  # again: generated code may have written into its own copy
        _measure(spec, model, rows, scratch)
    if spec.export:
        with phases.phase("export"):
            exporting.export_graph(model, rows, scratch / GRAPH)
    return _facts(returned, parameters, values) | {"swapped": swapped, "loop": loop.facts(model)}


def load_array(path: Where) -> NDArray[Any]:
    """The array on disk, as memory that changes for this process alone."""
    values: NDArray[Any] = numpy.load(path, mmap_mode="c", allow_pickle=False)
    return values


def seed_all(seed: int, device: Device) -> None:
    """Every random stream that generated code may draw from, the device's included."""
    random.seed(seed)
    numpy.random.seed(seed)
    torch.manual_seed(seed)
    if device.handle.type == "xla":
        xla.finish_pending()
        xla.seed_device(seed)


def _measure(spec: TrainSpec, model: torch.nn.Module, rows: NDArray[Any], scratch: Path) -> None:
    """Save the weights, quantize them in the model, and predict."""
    state, shared = exporting.split_state(model)
    exporting.save_weights(state, shared, scratch / WEIGHTS)
    if spec.quantization_bits != 32:
        stored = quantize.quantize(state, spec.quantization_bits)
        exporting.load_quantized(model, quantize.dequantize(stored))
    answer = next_tokens.log_probabilities if spec.next_tokens else inference.predict
    numpy.save(scratch / VALIDATION_PREDICTIONS, answer(model, rows))


def _facts(returned: Returned, parameters: int, values: dict[str, Any]) -> dict[str, Any]:
    return {
        "claims": returned.claims,
        "epochs": len(returned.claims["train_losses"]),
        "parameters": parameters,
        "hyperparameters": values,
    }
