"""How the steps of a training run, which generated code does not know of: eagerly, by torch.compile or by XLA.

The code is handed another device, or the modules that it calls in training are compiled where they stand; either way
it returns the same plain module. What is seen on the way (batch, steps, network) tells what another way would bring.
"""

from types import TracebackType
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.module import register_module_forward_hook, register_module_forward_pre_hook
from torch.optim.optimizer import Optimizer, register_optimizer_step_post_hook
from torch.utils.hooks import RemovableHandle

from runtime.compiler.training_loops import LoopStrategy
from runtime.devices import Device, open_device
from runtime.harness import xla
from runtime.task import Target

ATTENTION = ("attention", "transformer")


def open_for(target: Target, strategy: LoopStrategy | None) -> Device:
    """The device that the code is handed; the target's own where no strategy was chosen.

    An XLA device is opened first in any case: after a backward pass on the processor it could not be any more.
    """
    device = open_device(target)
    if strategy is LoopStrategy.XLA and device.handle.type == "cpu":
        return Device(target, xla.open_device(), f"XLA on {xla.device_kind()}")
    if strategy in (LoopStrategy.EAGER, LoopStrategy.COMPILED) and device.handle.type == "xla":
        device = Device(target, torch.device("cpu"), "eager PyTorch on the CPU")
    if strategy is LoopStrategy.COMPILED:
        return Device(target, device.handle, f"torch.compile on the {device.handle.type.upper()}", device.fallback)
    return device


class Loop:
    """Watches the training that runs within it and, where asked to, changes how its steps run."""

    def __init__(self, target: Target, strategy: LoopStrategy | None) -> None:
        self.steps = 0
        self.batch = 0
        self._compile = strategy is LoopStrategy.COMPILED
        self._sync = strategy is LoopStrategy.XLA and target != "xla"
        """Code that was written for another device does not sync: its steps would grow into one graph."""
        self._depth = 0
        self._called: list[nn.Module] = []
        self._first_step: list[RemovableHandle] = []

    def __enter__(self) -> "Loop":
        self._first_step = [
            register_module_forward_pre_hook(self._entered),
            register_module_forward_hook(self._left, always_call=True),
        ]
        self._steps = register_optimizer_step_post_hook(self._stepped)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, where: TracebackType | None
    ) -> None:
        self._steps.remove()
        self._forget_calls()
        for module in self._called:
            module._compiled_call_impl = None

    def facts(self, model: nn.Module) -> dict[str, Any]:
        """As in `tools.execution.report.LoopFacts`."""
        return {"network": network_of(model), "batch": self.batch, "steps": self.steps}

    def _entered(self, module: nn.Module, given: Any) -> None:
        """Before the first step: which modules the code itself calls in training, and with how many rows."""
        if self._depth == 0 and module.training and torch.is_grad_enabled():
            tensor = next((one for one in given if isinstance(one, Tensor) and one.dim()), None)
            if tensor is not None and module not in self._called:
                self._called.append(module)
                self.batch = max(self.batch, tensor.shape[0])
        self._depth += 1

    def _left(self, *_: Any) -> None:
        self._depth -= 1

    def _stepped(self, _optimizer: Optimizer, _args: Any, _kwargs: Any) -> None:
        if self._first_step:
            self._forget_calls()
            for module in self._called if self._compile else []:
                compile_in_place(module)
        self.steps += 1
        if self._sync:
            xla.sync()

    def _forget_calls(self) -> None:
        for handle in self._first_step:
            handle.remove()
        self._first_step = []


def compile_in_place(module: nn.Module) -> None:
    """Let calls of `module` that train run by torch.compile; others stay eager, and it stays the module it is.

    `nn.Module.compile` leaves PyTorch's own classes, such as `nn.Sequential`, as they are (torch 2.9).
    """

    def forward(*args: Any, **kwargs: Any) -> Any:
        return module._call_impl(*args, **kwargs)  # type: ignore[no-untyped-call]

    compiled = torch.compile(forward)

    def call(*args: Any, **kwargs: Any) -> Any:
        training = module.training and torch.is_grad_enabled()
        return compiled(*args, **kwargs) if training else forward(*args, **kwargs)

    module._compiled_call_impl = call


def network_of(model: nn.Module) -> str:
    """The family, by what takes the time: recurrence before attention before convolution."""
    modules = list(model.modules())
    if any(isinstance(module, nn.RNNBase | nn.RNNCellBase) for module in modules):
        return "recurrent"
    names = [type(module).__name__.lower() for module in modules]
    if any(word in name for name in names for word in ATTENTION):
        return "transformer"
    if any(isinstance(module, nn.Conv2d | nn.Conv3d) for module in modules):
        return "cnn"
    return "cnn1d" if any(isinstance(module, nn.Conv1d) for module in modules) else "mlp"
