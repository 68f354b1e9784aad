"""The objective of a regressor: squared error on a standardised target, R2 to be judged by."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from agents.expert.blueprints.criterion import Criterion


class InTargetUnits(nn.Module):
    """Turns a network's standardised output of shape (rows, 1) into the target's own units, shape (rows,)."""

    mean: Tensor
    scale: Tensor

    def __init__(self, network: nn.Module, mean: Tensor, scale: Tensor) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("mean", mean)
        self.register_buffer("scale", scale)

    def forward(self, x: Tensor) -> Tensor:
        output: Tensor = self.network(x)
        return output.squeeze(-1) * self.scale + self.mean


class Objective(Criterion):
    """Smooth squared error over targets of shape (rows,), given outputs of shape (rows, 1)."""

    metric = "val_metric"

    def __init__(self, y_train: Tensor, outputs: int, settings: dict[str, Any]) -> None:
        self.beta = float(settings["huber_beta"])
        self.outputs = outputs
        self.mean = y_train.double().mean().float()
        spread = y_train.double().std().float()
        self.scale = torch.where(spread > 0, spread, torch.ones_like(spread))

    def targets(self, y: Tensor) -> Tensor:
        return (y.float() - self.mean) / self.scale

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        return functional.smooth_l1_loss(outputs.squeeze(-1), targets, beta=self.beta)

    def judge(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Per row: the squared error and the target."""
        return torch.stack([(outputs.squeeze(-1) - targets) ** 2, targets], dim=1)

    def summarise(self, judged: Tensor) -> tuple[float, float]:
        """Validation mean squared error (standardised) and R2, on the host."""
        error = float(judged[:, 0].mean())
        spread = float(judged[:, 1].var(unbiased=False))
        return error, 1 - error / max(spread, 1e-12)

    def metrics(self, history: list[tuple[float, float, float]]) -> dict[str, list[float]]:
        train_losses, val_losses, scores = ([float(value) for value in column] for column in zip(*history, strict=True))
        return {"train_losses": train_losses, "val_losses": val_losses, "val_metric": scores}

    def finish(self, model: nn.Module) -> nn.Module:
        return InTargetUnits(model, self.mean, self.scale)
