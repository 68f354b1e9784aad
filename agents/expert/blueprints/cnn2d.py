"""A 2-D convolutional network with global pooling, for images."""

from typing import Any

import torch
from torch import Tensor, nn

from agents.expert.blueprints.classification import Objective
from agents.expert.blueprints.image_shift import shift_images
from agents.expert.blueprints.training import fit

INPUT_SHAPE = (1, 28, 28)
OUTPUTS = 10
LARGEST_SHIFT = 2
MIRROR = False
STRIDE = 1
DEFAULTS: dict[str, Any] = {
    "lr": 0.003,
    "batch_size": 64,
    "epochs": 12,
    "patience": 6,
    "weight_decay": 0.01,
    "label_smoothing": 0.05,
    "huber_beta": 1.0,
    "width": 16,
    "depth": 3,
    "dropout": 0.2,
}


class Network(nn.Module):
    """(rows, channels, height, width) -> (rows, OUTPUTS): `depth` convolutions, halving the image between them."""

    def __init__(self, width: int, depth: int, dropout: float) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        channels = INPUT_SHAPE[0]
        for block in range(depth):
            wide = width * 2**block
            stride = STRIDE if block == 0 else 1
            layers += [nn.Conv2d(channels, wide, 3, stride=stride, padding=1), nn.BatchNorm2d(wide), nn.ReLU()]
            if block < depth - 1:
                layers.append(nn.MaxPool2d(2))
            channels = wide
        self.features = nn.Sequential(*layers)
        self.head = nn.Sequential(nn.Dropout(dropout), nn.Linear(2 * channels, OUTPUTS))

    def forward(self, x: Tensor) -> Tensor:
        x = self.features(x.reshape(x.shape[0], *INPUT_SHAPE))
        output: Tensor = self.head(torch.cat([x.mean((2, 3)), x.amax((2, 3))], dim=1))
        return output


def train_model(
    X_train: Tensor, y_train: Tensor, X_val: Tensor, y_val: Tensor, device: torch.device | str, **hyperparams: Any
) -> tuple[nn.Module, dict[str, list[float]]]:
    """Train on X (rows, *INPUT_SHAPE, flat or not); return the best epoch's model and one metric value an epoch."""
    settings = {**DEFAULTS, **hyperparams}
    model = Network(int(settings["width"]), int(settings["depth"]), float(settings["dropout"]))
    objective = Objective(y_train, OUTPUTS, settings)

    def augment(X: Tensor) -> Tensor:
        return shift_images(X.reshape(-1, *INPUT_SHAPE), LARGEST_SHIFT, MIRROR)

    return fit(model, objective, (X_train, y_train, X_val, y_val), device, settings, augment)
