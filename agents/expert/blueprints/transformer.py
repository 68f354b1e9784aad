"""A small transformer encoder over patches of a signal (or over the columns of an image)."""

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from agents.expert.blueprints.classification import Objective
from agents.expert.blueprints.encoder import Block
from agents.expert.blueprints.training import fit

INPUT_SHAPE = (1, 140)
PATCH = 10
PADDING = 0
OUTPUTS = 5
DEFAULTS: dict[str, Any] = {
    "lr": 0.002,
    "batch_size": 32,
    "epochs": 30,
    "patience": 12,
    "weight_decay": 0.01,
    "label_smoothing": 0.05,
    "huber_beta": 1.0,
    "heads": 4,
    "head_dim": 8,
    "layers": 2,
    "dropout": 0.1,
}


class Network(nn.Module):
    """(rows, channels, length) or (rows, channels, height, length) -> (rows, OUTPUTS).

    PATCH divides length + PADDING.
    """

    def __init__(self, heads: int, head_dim: int, layers: int, dropout: float) -> None:
        super().__init__()
        width, channels = heads * head_dim, math.prod(INPUT_SHAPE[:-1])
        self.patches = nn.Conv1d(channels, width, PATCH, stride=PATCH)
        self.places = nn.Parameter(0.02 * torch.randn((INPUT_SHAPE[-1] + PADDING) // PATCH, width))
        self.blocks = nn.Sequential(*[Block(heads, head_dim, dropout) for _ in range(layers)])
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, OUTPUTS)

    def forward(self, x: Tensor) -> Tensor:
        x = functional.pad(x.flatten(1, -2), (0, PADDING))
        x = self.patches(x).transpose(1, 2) + self.places
        output: Tensor = self.head(self.norm(self.blocks(x)).mean(1))
        return output


def train_model(
    X_train: Tensor, y_train: Tensor, X_val: Tensor, y_val: Tensor, device: torch.device | str, **hyperparams: Any
) -> tuple[nn.Module, dict[str, list[float]]]:
    """Train on X (rows, *INPUT_SHAPE); return the best epoch's model on the host and one metric value an epoch."""
    settings = {**DEFAULTS, **hyperparams}
    model = Network(
        int(settings["heads"]), int(settings["head_dim"]), int(settings["layers"]), float(settings["dropout"])
    )
    objective = Objective(y_train, OUTPUTS, settings)
    return fit(model, objective, (X_train, y_train, X_val, y_val), device, settings)
