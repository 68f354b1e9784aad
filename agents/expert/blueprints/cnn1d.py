"""A 1-D convolutional network with average and maximum pooling over time, for signals."""

from typing import Any

import torch
from torch import Tensor, nn

from agents.expert.blueprints.classification import Objective
from agents.expert.blueprints.sequence_shift import shift_sequences
from agents.expert.blueprints.training import fit

INPUT_SHAPE = (1, 140)
OUTPUTS = 5
LARGEST_SHIFT = 4
STRIDE = 1
DEFAULTS: dict[str, Any] = {
    "lr": 0.003,
    "batch_size": 32,
    "epochs": 30,
    "patience": 12,
    "weight_decay": 0.01,
    "label_smoothing": 0.05,
    "huber_beta": 1.0,
    "width": 24,
    "depth": 3,
    "kernel": 7,
    "dropout": 0.2,
}


class Network(nn.Module):
    """(rows, channels, length) -> (rows, OUTPUTS): `depth` convolutions, each halving the length."""

    def __init__(self, width: int, depth: int, kernel: int, dropout: float) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        channels = INPUT_SHAPE[0]
        for block in range(depth):
            wide = width * min(2**block, 2)
            stride = STRIDE if block == 0 else 1
            layers.append(nn.Conv1d(channels, wide, kernel, stride=stride, padding=kernel // 2))
            layers += [nn.BatchNorm1d(wide), nn.ReLU(), nn.MaxPool1d(2)]
            channels = wide
        self.features = nn.Sequential(*layers)
        self.head = nn.Sequential(nn.Dropout(dropout), nn.Linear(2 * channels, OUTPUTS))

    def forward(self, x: Tensor) -> Tensor:
        x = self.features(x)
        output: Tensor = self.head(torch.cat([x.mean(2), x.amax(2)], dim=1))
        return output


def train_model(
    X_train: Tensor, y_train: Tensor, X_val: Tensor, y_val: Tensor, device: torch.device | str, **hyperparams: Any
) -> tuple[nn.Module, dict[str, list[float]]]:
    """Train on X (rows, channels, length); return the best epoch's model on the host and one metric value an epoch."""
    settings = {**DEFAULTS, **hyperparams}
    model = Network(int(settings["width"]), int(settings["depth"]), int(settings["kernel"]), float(settings["dropout"]))
    objective = Objective(y_train, OUTPUTS, settings)

    def augment(X: Tensor) -> Tensor:
        return shift_sequences(X, LARGEST_SHIFT, scale=0.05)

    return fit(model, objective, (X_train, y_train, X_val, y_val), device, settings, augment)
