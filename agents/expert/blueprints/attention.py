"""Attention over convolutional features, for signals where a few moments decide.

Convolutions stand where a recurrence often does: XLA unrolls recurrences, and long ones compile for minutes.
"""

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
    "width": 32,
    "depth": 2,
    "kernel": 7,
    "heads": 4,
    "dropout": 0.2,
}


class Network(nn.Module):
    """(rows, channels, length) -> (rows, OUTPUTS): each head weighs the moments and reads their weighted mean.

    The pooling is that of Bahdanau et al. (ICLR 2015), with one learned scorer a head.
    """

    def __init__(self, width: int, depth: int, kernel: int, heads: int, dropout: float) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        channels = INPUT_SHAPE[0]
        for block in range(depth):
            stride = STRIDE if block == 0 else 1
            layers.append(nn.Conv1d(channels, width, kernel, stride=stride, padding=kernel // 2))
            layers += [nn.BatchNorm1d(width), nn.ReLU(), nn.MaxPool1d(2)]
            channels = width
        self.features = nn.Sequential(*layers)
        self.score = nn.Sequential(nn.Conv1d(width, width, 1), nn.Tanh(), nn.Conv1d(width, heads, 1))
        self.head = nn.Sequential(nn.Dropout(dropout), nn.Linear(heads * width, OUTPUTS))

    def forward(self, x: Tensor) -> Tensor:
        x = self.features(x)
        attention = self.score(x).softmax(dim=2)
        output: Tensor = self.head(torch.bmm(attention, x.transpose(1, 2)).flatten(1))
        return output


def train_model(
    X_train: Tensor, y_train: Tensor, X_val: Tensor, y_val: Tensor, device: torch.device | str, **hyperparams: Any
) -> tuple[nn.Module, dict[str, list[float]]]:
    """Train on X (rows, channels, length); return the best epoch's model on the host and one metric value an epoch."""
    settings = {**DEFAULTS, **hyperparams}
    model = Network(
        int(settings["width"]),
        int(settings["depth"]),
        int(settings["kernel"]),
        int(settings["heads"]),
        float(settings["dropout"]),
    )
    objective = Objective(y_train, OUTPUTS, settings)

    def augment(X: Tensor) -> Tensor:
        return shift_sequences(X, LARGEST_SHIFT, scale=0.05)

    return fit(model, objective, (X_train, y_train, X_val, y_val), device, settings, augment)
