"""`python train.py`: train from scratch, quantize, measure, save."""

import argparse
import inspect
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
import torch
from numpy.typing import NDArray

from runtime.harness import quantize
from runtime.harness.recurrence import install as scan_long_recurrences
from tools.export.standalone.data import load_rows, train_and_validation
from tools.export.standalone.project import FOLDER, Project, read_project
from tools.export.standalone.scores import predict, score, score_language_model

Array = NDArray[Any]
TrainModel = Callable[..., tuple[torch.nn.Module, dict[str, Any]]]


def main(train_model: TrainModel) -> None:
    """Read the command line, train and save."""
    project = read_project()
    options = _parser(project).parse_args()
    device = _open_device(options.device)
    _seed(options.seed, device)
    values = _values(project, train_model, options.set, options.epochs)
    X_train, y_train, X_val, y_val = train_and_validation(load_rows(options.data, project), project, options.seed)
    arrays = (*_fill(X_train, y_train, values), *_fill(X_val, y_val, values))
    model, _ = train_model(*(torch.from_numpy(numpy.array(array)) for array in arrays), device, **values)
    model = model.to("cpu").eval()
    content = pack(model, project.quantization_bits)
    options.out.write_bytes(content)
    load_weights(model, content)
    if project.task_type == "language_modeling":
        metric, value = "perplexity", score_language_model(model, X_val, y_val, project.batch)
    else:
        metric, value = score(predict(model, X_val, project.batch), y_val, project.task_type)
    size = f"{project.quantization_bits}-bit weights, {len(content) / 1024:.1f} KB"
    print(f"validation {metric} {value:.4f} ({size}), saved as {options.out}")


def pack(model: torch.nn.Module, bits: int) -> bytes:
    """The model's quantized weights as a safetensors file; tied weights are stored once."""
    owners: dict[tuple[Any, ...], str] = {}
    arrays: dict[str, Array] = {}
    shared: dict[str, str] = {}
    for name, tensor in model.state_dict().items():
        key = (tensor.data_ptr(), tuple(tensor.shape), tensor.stride(), tensor.dtype)
        if tensor.numel() and key in owners:
            shared[name] = owners[key]
        else:
            owners[key] = name
            value = tensor.detach().float() if tensor.is_floating_point() else tensor.detach()
            arrays[name] = value.contiguous().numpy().copy()
    return quantize.pack(quantize.quantize(arrays, 8 if bits == 8 else 16 if bits == 16 else 32), shared, bits)


def load_weights(model: torch.nn.Module, content: bytes) -> None:
    """Put the weights of a packed file into a model of the same shape."""
    model.load_state_dict({name: torch.from_numpy(numpy.array(v)) for name, v in quantize.unpack(content).items()})


def _parser(project: Project) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=f"Train {project.model_name} and save its quantized weights.")
    parser.add_argument(
        "--data", type=Path, default=FOLDER / "sample.npz", help="NPZ, CSV or text file (default: the sample)"
    )
    parser.add_argument("--device", choices=["xla", "cpu", "cuda"], default=_device_name(project.target))
    parser.add_argument("--out", type=Path, default=Path("retrained.safetensors"), help="where the weights go")
    parser.add_argument("--epochs", type=int, help="fewer or more epochs than the tuned number")
    parser.add_argument("--seed", type=int, default=project.seed)
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="another hyperparameter value")
    return parser


def _device_name(target: str) -> str:
    return target if target in ("xla", "cuda") else "cpu"


def _open_device(name: str) -> torch.device:
    if name == "xla":
        try:
            import torch_xla
        except ImportError:
            print("torch_xla is not installed: training runs on the CPU instead")
            return torch.device("cpu")
        scan_long_recurrences()
        device: torch.device = torch_xla.device()
        return device
    if name == "cuda" and not torch.cuda.is_available():
        print("torch sees no CUDA device: training runs on the CPU instead")
        return torch.device("cpu")
    return torch.device(name)


def _seed(seed: int, device: torch.device) -> None:
    random.seed(seed)
    numpy.random.seed(seed)
    torch.manual_seed(seed)
    if device.type == "xla":
        import torch_xla

        torch_xla.manual_seed(seed)  # type: ignore[no-untyped-call]


def _values(project: Project, train_model: TrainModel, settings: list[str], epochs: int | None) -> dict[str, Any]:
    """The tuned hyperparameters with what the command line changes."""
    values = dict(project.hyperparameters)
    for setting in settings:
        name, found, text = setting.partition("=")
        if not found:
            raise SystemExit(f"--set {setting}: write NAME=VALUE.")
        try:
            values[name] = json.loads(text)
        except ValueError:
            values[name] = text
    if epochs is not None:
        known = [name for name in project.epoch_names if name in values]
        known += [name for name in project.epoch_names if name in inspect.signature(train_model).parameters]
        for name in known[:1]:
            values[name] = epochs
    return values


def _fill(X: Array, y: Array, values: dict[str, Any]) -> tuple[Array, Array]:
    """Repeat rows until one full batch can be made: loops of fixed shape drop a last batch that is not full."""
    need = max([int(v) for name, v in values.items() if "batch" in name and isinstance(v, int)], default=1)
    chosen = numpy.arange(max(need, len(X))) % len(X)
    return X[chosen], y[chosen]
