"""Token embeddings, one convolution over neighbouring words, and attention pooling, for texts."""

from typing import Any

import torch
from torch import Tensor, nn

from agents.expert.blueprints.classification import Objective
from agents.expert.blueprints.training import fit

VOCABULARY_SIZE = 10000
OUTPUTS = 2
DEFAULTS: dict[str, Any] = {
    "lr": 0.003,
    "batch_size": 64,
    "epochs": 8,
    "patience": 3,
    "weight_decay": 0.01,
    "label_smoothing": 0.05,
    "huber_beta": 1.0,
    "buckets": 4096,
    "embedding": 16,
    "width": 32,
    "dropout": 0.3,
}


class Network(nn.Module):
    """(rows, length) token ids -> (rows, OUTPUTS).

    Ids beyond `buckets` share an embedding with a lower id (the hashing trick, Weinberger et al., ICML 2009), so that
    a large vocabulary still fits a small model.
    """

    def __init__(self, buckets: int, embedding: int, width: int, dropout: float) -> None:
        super().__init__()
        self.buckets = buckets
        self.embed = nn.Embedding(buckets, embedding)
        self.neighbours = nn.Conv1d(embedding, width, 5, padding=2)
        self.score = nn.Conv1d(width, 1, 1)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(2 * width, OUTPUTS)

    def forward(self, tokens: Tensor) -> Tensor:
        embedded = self.dropout(self.embed(tokens.clamp(0, VOCABULARY_SIZE - 1) % self.buckets))
        x = torch.relu(self.neighbours(embedded.transpose(1, 2)))
        read = (self.score(x).softmax(dim=2) * x).sum(2)
        output: Tensor = self.head(self.dropout(torch.cat([read, x.amax(2)], dim=1)))
        return output


def train_model(
    X_train: Tensor, y_train: Tensor, X_val: Tensor, y_val: Tensor, device: torch.device | str, **hyperparams: Any
) -> tuple[nn.Module, dict[str, list[float]]]:
    """Train on token ids (rows, length); return the best epoch's model on the host and one metric value an epoch."""
    settings = {**DEFAULTS, **hyperparams}
    model = Network(
        int(settings["buckets"]), int(settings["embedding"]), int(settings["width"]), float(settings["dropout"])
    )
    objective = Objective(y_train, OUTPUTS, settings)
    return fit(model, objective, (X_train, y_train, X_val, y_val), device, settings)
