"""From a target to a device, with every fallback said in words. Runs where torch may be imported: inside the box."""

from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from runtime.errors import ArxlaError
from runtime.task import Target


class NoDeviceError(ArxlaError):
    """The device that a target needs is not on this machine, and falling back was not allowed."""


@dataclass(frozen=True)
class Device:
    """A device that is open. `handle` is the `torch.device`; `fallback` is empty, or says what was used instead."""

    target: Target
    handle: Any
    words: str
    fallback: str = ""


def open_device(target: Target, allow_fallback: bool = True) -> Device:
    """Open the target's device. An absent accelerator becomes the CPU with a message, or raises `NoDeviceError`."""
    if target == "xla" and find_spec("torch_xla") is not None:
        from runtime.harness import xla

        handle = xla.open_device()
        return Device("xla", handle, f"XLA on {xla.device_kind()}")
    import torch

    if target == "cpu":
        return Device("cpu", torch.device("cpu"), "eager PyTorch on the CPU")
    if target == "cuda" and torch.cuda.is_available():
        return Device("cuda", torch.device("cuda"), f"CUDA on {torch.cuda.get_device_name(0)}")
    if target == "neuron" and find_spec("torch_neuronx") is not None and hasattr(torch, "neuron"):
        return Device("neuron", torch.device("neuron"), "TorchNeuron on Trainium")
    reason = _ABSENT[target]
    if not allow_fallback:
        raise NoDeviceError(f"{reason}; choose --target cpu or xla, or run where it is")
    return Device(target, torch.device("cpu"), "eager PyTorch on the CPU", f"{reason}; the CPU was used instead")


_ABSENT: dict[Target, str] = {
    "xla": "the target xla needs torch_xla, which is not installed",
    "cuda": "the target cuda needs an NVIDIA GPU, and torch sees none",
    "neuron": "the target neuron needs TorchNeuron and a Trainium device, and neither is here",
}
