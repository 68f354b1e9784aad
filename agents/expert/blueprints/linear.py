"""One linear layer: logistic or ridge regression, the smallest model there is."""

import math
from typing import Any

import torch
from torch import Tensor, nn

from agents.expert.blueprints.classification import Objective
from agents.expert.blueprints.training import fit

INPUT_SHAPE = (64,)
OUTPUTS = 10
DEFAULTS: dict[str, Any] = {
    "lr": 0.01,
    "batch_size": 32,
    "epochs": 30,
    "patience": 12,
    "weight_decay": 0.01,
    "label_smoothing": 0.0,
    "huber_beta": 1.0,
}


class Network(nn.Module):
    """(rows, *INPUT_SHAPE) -> (rows, OUTPUTS)."""

    def __init__(self) -> None:
        super().__init__()
        self.head = nn.Linear(math.prod(INPUT_SHAPE), OUTPUTS)

    def forward(self, x: Tensor) -> Tensor:
        output: Tensor = self.head(x.flatten(1))
        return output


def train_model(
    X_train: Tensor, y_train: Tensor, X_val: Tensor, y_val: Tensor, device: torch.device | str, **hyperparams: Any
) -> tuple[nn.Module, dict[str, list[float]]]:
    """Train on X (rows, *INPUT_SHAPE); return the best epoch's model on the host and one metric value an epoch."""
    settings = {**DEFAULTS, **hyperparams}
    objective = Objective(y_train, OUTPUTS, settings)
    return fit(Network(), objective, (X_train, y_train, X_val, y_val), device, settings)
