"""The objective of a classifier: weighted cross-entropy to learn from, accuracy to be judged by."""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from agents.expert.blueprints.criterion import Criterion

SKEW = 4.0
LARGEST_WEIGHT = 4.0


class Objective(Criterion):
    """Cross-entropy over integer labels of shape (rows,), given logits of shape (rows, outputs)."""

    metric = "val_acc"

    def __init__(self, y_train: Tensor, outputs: int, settings: dict[str, Any]) -> None:
        self.smoothing = float(settings["label_smoothing"])
        counts = torch.bincount(y_train.long(), minlength=outputs).float().clamp(min=1)
        weights = torch.ones(outputs)
        if counts.max() > SKEW * counts.min():  # rare classes count for more, within bounds
            weights = (counts.mean() / counts).sqrt().clamp(1 / LARGEST_WEIGHT, LARGEST_WEIGHT)
        self.weights = weights

    def to(self, device: torch.device) -> None:
        self.weights = self.weights.to(device)

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        return functional.cross_entropy(outputs, targets, weight=self.weights, label_smoothing=self.smoothing)

    def judge(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Per row: the plain loss, and 1 where the class is right."""
        losses = functional.cross_entropy(outputs, targets, reduction="none")
        return torch.stack([losses, (outputs.argmax(1) == targets).float()], dim=1)

    def summarise(self, judged: Tensor) -> tuple[float, float]:
        """Validation loss and accuracy, on the host."""
        loss, accuracy = judged.mean(0).tolist()
        return loss, accuracy

    def metrics(self, history: list[tuple[float, float, float]]) -> dict[str, list[float]]:
        train_losses, val_losses, scores = ([float(value) for value in column] for column in zip(*history, strict=True))
        return {"train_losses": train_losses, "val_losses": val_losses, "val_acc": scores}
