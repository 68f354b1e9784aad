"""A linear model over token counts: the smallest reader of texts there is."""

from typing import Any

import torch
from torch import Tensor, nn

from agents.expert.blueprints.classification import Objective
from agents.expert.blueprints.training import fit

VOCABULARY_SIZE = 10000
OUTPUTS = 2
DEFAULTS: dict[str, Any] = {
    "lr": 0.01,
    "batch_size": 64,
    "epochs": 8,
    "patience": 3,
    "weight_decay": 0.01,
    "label_smoothing": 0.05,
    "huber_beta": 1.0,
    "buckets": 4096,
}


class Network(nn.Module):
    """(rows, length) token ids -> (rows, OUTPUTS); each token (modulo `buckets`) votes, and the votes are averaged."""

    def __init__(self, buckets: int) -> None:
        super().__init__()
        self.buckets = buckets
        self.votes = nn.Embedding(buckets, OUTPUTS)
        nn.init.zeros_(self.votes.weight)
        self.bias = nn.Parameter(torch.zeros(OUTPUTS))

    def forward(self, tokens: Tensor) -> Tensor:
        votes: Tensor = self.votes(tokens.clamp(0, VOCABULARY_SIZE - 1) % self.buckets)
        output: Tensor = votes.sum(1) * tokens.shape[1] ** -0.5 + self.bias
        return output


def train_model(
    X_train: Tensor, y_train: Tensor, X_val: Tensor, y_val: Tensor, device: torch.device | str, **hyperparams: Any
) -> tuple[nn.Module, dict[str, list[float]]]:
    """Train on token ids (rows, length); return the best epoch's model on the host and one metric value an epoch."""
    settings = {**DEFAULTS, **hyperparams}
    objective = Objective(y_train, OUTPUTS, settings)
    model = Network(int(settings["buckets"]))
    return fit(model, objective, (X_train, y_train, X_val, y_val), device, settings)
