"""Token embeddings and one convolution over neighbouring words, pooled, beside a vote of each token, for texts."""

from typing import Any

import torch
from torch import Tensor, nn

from agents.expert.blueprints.classification import Objective
from agents.expert.blueprints.training import fit

VOCABULARY_SIZE = 10000
FILLER = 0
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
    "width": 48,
    "dropout": 0.5,
}


class Network(nn.Module):
    """(rows, length) token ids -> (rows, OUTPUTS).

    Ids beyond `buckets` share an embedding with a lower id (the hashing trick, Weinberger et al., ICML 2009), so that
    a large vocabulary still fits a small model.
    """

    def __init__(self, buckets: int, embedding: int, width: int, dropout: float) -> None:
        super().__init__()
        self.buckets = buckets
        self.votes, self.embed = nn.Embedding(buckets, OUTPUTS), nn.Embedding(buckets, embedding)
        nn.init.zeros_(self.votes.weight)
        nn.init.normal_(self.embed.weight, std=0.1)
        self.neighbours = nn.Conv1d(embedding, width, 3, padding=1)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(2 * width, OUTPUTS)
        nn.init.zeros_(self.head.weight)

    def forward(self, tokens: Tensor) -> Tensor:
        places = tokens.clamp(0, VOCABULARY_SIZE - 1) % self.buckets
        present = (tokens != FILLER).float().unsqueeze(2)
        count = present.sum(1).clamp(min=1)
        x = torch.relu(self.neighbours((self.embed(places) * present).transpose(1, 2))) * present.transpose(1, 2)
        read = self.head(self.dropout(torch.cat([x.sum(2) / count, x.amax(2)], dim=1)))
        output: Tensor = read + (self.votes(places) * present).sum(1) * count**-0.5
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
