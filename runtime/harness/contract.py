"""The return contract of `train_model`, checked and reduced to plain JSON types."""

import math
from typing import Any, NamedTuple

import numpy
import torch

from runtime.harness.failure import ContractError

REQUIRED = ("train_losses", "val_losses")
SCORES = ("val_acc", "val_metric")
MAX_EPOCHS = 10_000
MAX_KEYS = 64
_LARGEST = 2**1000


class Returned(NamedTuple):
    """What `train_model` gave back; `claims` is what it says of itself and is not believed."""

    model: torch.nn.Module
    claims: dict[str, list[float]]


def check_returned(returned: Any) -> Returned:
    """Check `(model, metrics)`; raises `ContractError` with one sentence that says what to return instead."""
    if not issubclass(type(returned), tuple | list) or len(tuple(returned)) != 2:
        raise ContractError(f"train_model must return (model, metrics), and it returned {_kind(returned)}")
    model, metrics = tuple(returned)
    if not issubclass(type(model), torch.nn.Module):
        raise ContractError(f"the first value that train_model returns must be a torch.nn.Module, not {_kind(model)}")
    if not issubclass(type(metrics), dict):
        raise ContractError(f"the second value that train_model returns must be a dict, not {_kind(metrics)}")
    return Returned(model, _claims(metrics))


def plain_number(value: Any) -> float | None:
    """A Python float from a number, a NumPy scalar or a one-element tensor; None from anything else."""
    kind = type(value)
    if issubclass(kind, bool):
        return None
    if issubclass(kind, float):
        return float.__float__(value)
    if issubclass(kind, int):
        whole = int.__int__(value)
        return float(whole) if abs(whole) < _LARGEST else None
    if kind.__module__ == "numpy" and issubclass(kind, numpy.generic | numpy.ndarray):
        array = numpy.asarray(value)
        return float(array.reshape(-1)[0]) if array.size == 1 and array.dtype.kind in "fiu" else None
    if kind is torch.Tensor and value.numel() == 1:
        return float(value.detach().cpu().reshape(()).item())
    return None


def _claims(metrics: dict[Any, Any]) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    for key, value in list(dict.items(metrics))[:MAX_KEYS]:
        if not issubclass(type(key), str):
            continue
        name = str.__str__(key)[:64]
        needed = name in REQUIRED or name in SCORES
        series = _series(name, value) if needed else _optional_series(value)
        if series is not None:
            found[name] = series
    missing = [name for name in REQUIRED if name not in found]
    if missing:
        raise ContractError(f"metrics lacks {missing[0]!r}: give a list with one number an epoch")
    if not any(name in found for name in SCORES):
        raise ContractError("metrics lacks 'val_acc' (or 'val_metric'): give a list with one number an epoch")
    return found


def _series(name: str, value: Any) -> list[float]:
    if issubclass(type(value), numpy.ndarray | torch.Tensor):
        value = value.tolist()
    if not issubclass(type(value), list | tuple):
        raise ContractError(f"metrics[{name!r}] must be a list with one number an epoch, not {_kind(value)}")
    items = list(value)[: MAX_EPOCHS + 1]
    if not items:
        raise ContractError(f"metrics[{name!r}] is empty: append one number after each epoch")
    if len(items) > MAX_EPOCHS:
        raise ContractError(f"metrics[{name!r}] has more than {MAX_EPOCHS} entries: append one number an epoch")
    numbers = []
    for index, item in enumerate(items):
        number = plain_number(item)
        if number is None:
            raise ContractError(f"metrics[{name!r}][{index}] must be a number, not {_kind(item)}")
        if not math.isfinite(number):
            raise ContractError(f"metrics[{name!r}][{index}] is {number}: the training diverged")
        numbers.append(number)
    return numbers


def _optional_series(value: Any) -> list[float] | None:
    """Other entries are kept when they are numbers, and dropped in silence when they are not."""
    items = list(value)[:MAX_EPOCHS] if issubclass(type(value), list | tuple) else [value]
    numbers = [plain_number(item) for item in items]
    if any(number is None or not math.isfinite(number) for number in numbers):
        return None
    return [number for number in numbers if number is not None]


def _kind(value: object) -> str:
    return str.__str__(type.__dict__["__name__"].__get__(type(value)))
