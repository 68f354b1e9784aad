"""A small transformer encoder over groups of token embeddings, for texts."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from agents.expert.blueprints.classification import Objective
from agents.expert.blueprints.encoder import Block
from agents.expert.blueprints.training import fit

INPUT_SHAPE = (128,)
VOCABULARY_SIZE = 10000
PATCH = 4
PADDING = 0
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
    "heads": 4,
    "head_dim": 8,
    "layers": 1,
    "dropout": 0.1,
}


class Network(nn.Module):
    """(rows, length) token ids -> (rows, OUTPUTS); PATCH divides length + PADDING.

    Ids beyond `buckets` share an embedding with a lower id (the hashing trick, Weinberger et al., ICML 2009).
    """

    def __init__(self, buckets: int, embedding: int, heads: int, head_dim: int, layers: int, dropout: float) -> None:
        super().__init__()
        self.buckets, width = buckets, heads * head_dim
        self.embed = nn.Embedding(buckets, embedding)
        nn.init.normal_(self.embed.weight, std=0.1)
        self.patches = nn.Conv1d(embedding, width, PATCH, stride=PATCH)
        self.places = nn.Parameter(0.02 * torch.randn((INPUT_SHAPE[0] + PADDING) // PATCH, width))
        self.blocks = nn.Sequential(*[Block(heads, head_dim, dropout) for _ in range(layers)])
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, OUTPUTS)

    def forward(self, tokens: Tensor) -> Tensor:
        embedded = self.embed(functional.pad(tokens, (0, PADDING)).clamp(0, VOCABULARY_SIZE - 1) % self.buckets)
        x = self.patches(embedded.transpose(1, 2)).transpose(1, 2) + self.places
        output: Tensor = self.head(self.norm(self.blocks(x)).mean(1))
        return output


def train_model(
    X_train: Tensor, y_train: Tensor, X_val: Tensor, y_val: Tensor, device: torch.device | str, **hyperparams: Any
) -> tuple[nn.Module, dict[str, list[float]]]:
    """Train on token ids (rows, length); return the best epoch's model on the host and one metric value an epoch."""
    settings = {**DEFAULTS, **hyperparams}
    buckets, embedding = int(settings["buckets"]), int(settings["embedding"])
    heads, head_dim, layers = int(settings["heads"]), int(settings["head_dim"]), int(settings["layers"])
    model = Network(buckets, embedding, heads, head_dim, layers, float(settings["dropout"]))
    objective = Objective(y_train, OUTPUTS, settings)
    return fit(model, objective, (X_train, y_train, X_val, y_val), device, settings)
