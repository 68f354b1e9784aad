"""A multilayer perceptron with a straight linear path beside it, for feature vectors."""

import math
from typing import Any

import torch
from torch import Tensor, nn

from agents.expert.blueprints.classification import Objective
from agents.expert.blueprints.training import fit

INPUT_SHAPE = (64,)
OUTPUTS = 10
DEFAULTS: dict[str, Any] = {
    "lr": 0.003,
    "batch_size": 32,
    "epochs": 30,
    "patience": 12,
    "weight_decay": 0.01,
    "label_smoothing": 0.05,
    "huber_beta": 1.0,
    "width": 96,
    "depth": 2,
    "dropout": 0.2,
}


class Network(nn.Module):
    """(rows, *INPUT_SHAPE) -> (rows, OUTPUTS): `depth` hidden layers of `width`, added to a linear map of the input."""

    def __init__(self, width: int, depth: int, dropout: float) -> None:
        super().__init__()
        size = math.prod(INPUT_SHAPE)
        self.straight = nn.Linear(size, OUTPUTS)
        layers: list[nn.Module] = []
        for _ in range(depth):
            layers += [nn.Linear(size, width), nn.BatchNorm1d(width), nn.ReLU(), nn.Dropout(dropout)]
            size = width
        self.hidden = nn.Sequential(*layers)
        self.head = nn.Linear(size, OUTPUTS)

    def forward(self, x: Tensor) -> Tensor:
        x = x.flatten(1)
        output: Tensor = self.straight(x) + self.head(self.hidden(x))
        return output


def train_model(
    X_train: Tensor, y_train: Tensor, X_val: Tensor, y_val: Tensor, device: torch.device | str, **hyperparams: Any
) -> tuple[nn.Module, dict[str, list[float]]]:
    """Train on X (rows, *INPUT_SHAPE); return the best epoch's model on the host and one metric value an epoch."""
    settings = {**DEFAULTS, **hyperparams}
    model = Network(int(settings["width"]), int(settings["depth"]), float(settings["dropout"]))
    objective = Objective(y_train, OUTPUTS, settings)
    return fit(model, objective, (X_train, y_train, X_val, y_val), device, settings)
