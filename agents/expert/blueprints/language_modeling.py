"""The objective of a language model: cross-entropy of the next token, negative perplexity to be judged by."""

import math
from typing import Any

from torch import Tensor
from torch.nn import functional

from agents.expert.blueprints.criterion import Criterion


class Objective(Criterion):
    """Cross-entropy over next tokens of shape (rows, length), given logits of shape (rows, length, outputs)."""

    metric = "val_metric"

    def __init__(self, y_train: Tensor, outputs: int, settings: dict[str, Any]) -> None:
        if y_train.ndim != 2:
            raise ValueError(f"next tokens must have shape (rows, length), not {tuple(y_train.shape)}")
        self.outputs = outputs
        self.smoothing = float(settings["label_smoothing"])

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        return functional.cross_entropy(
            outputs.reshape(-1, self.outputs), targets.reshape(-1), label_smoothing=self.smoothing
        )

    def judge(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Per row: the mean loss of its tokens."""
        losses = functional.cross_entropy(outputs.transpose(1, 2), targets, reduction="none")
        return losses.mean(1, keepdim=True)

    def summarise(self, judged: Tensor) -> tuple[float, float]:
        """Validation loss and negative perplexity, on the host."""
        loss = float(judged.mean())
        return loss, -math.exp(min(loss, 50.0))

    def metrics(self, history: list[tuple[float, float, float]]) -> dict[str, list[float]]:
        train_losses, val_losses, scores = ([float(value) for value in column] for column in zip(*history, strict=True))
        return {"train_losses": train_losses, "val_losses": val_losses, "val_metric": scores}
