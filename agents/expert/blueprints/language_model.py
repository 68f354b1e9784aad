"""A small causal transformer that predicts the next token at every position."""

from typing import Any

import torch
from torch import Tensor, nn

from agents.expert.blueprints.encoder import Block
from agents.expert.blueprints.language_modeling import Objective
from agents.expert.blueprints.training import fit

INPUT_SHAPE = (64,)
VOCABULARY_SIZE = 1000
OUTPUTS = 1000
DEFAULTS: dict[str, Any] = {
    "lr": 0.003,
    "batch_size": 32,
    "epochs": 8,
    "patience": 3,
    "weight_decay": 0.01,
    "label_smoothing": 0.0,
    "huber_beta": 1.0,
    "heads": 4,
    "head_dim": 8,
    "layers": 2,
    "dropout": 0.1,
}


class Network(nn.Module):
    """(rows, length) token ids -> (rows, length, OUTPUTS) logits; input and output share one embedding.

    Tied embeddings after Press & Wolf (EACL 2017).
    """

    def __init__(self, heads: int, head_dim: int, layers: int, dropout: float) -> None:
        super().__init__()
        width = heads * head_dim
        self.embed = nn.Embedding(VOCABULARY_SIZE, width)
        nn.init.normal_(self.embed.weight, std=width**-0.5)
        self.places = nn.Parameter(0.02 * torch.randn(INPUT_SHAPE[0], width))
        self.blocks = nn.Sequential(*[Block(heads, head_dim, dropout, causal=True) for _ in range(layers)])
        self.norm = nn.LayerNorm(width)
        self.bias = nn.Parameter(torch.zeros(OUTPUTS))

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.embed(tokens.clamp(0, VOCABULARY_SIZE - 1)) + self.places[: tokens.shape[1]]
        output: Tensor = self.norm(self.blocks(x)) @ self.embed.weight.T + self.bias
        return output


def train_model(
    X_train: Tensor, y_train: Tensor, X_val: Tensor, y_val: Tensor, device: torch.device | str, **hyperparams: Any
) -> tuple[nn.Module, dict[str, list[float]]]:
    """Train on token ids X and next tokens y, both (rows, length); val_metric is the negative perplexity."""
    settings = {**DEFAULTS, **hyperparams}
    model = Network(
        int(settings["heads"]), int(settings["head_dim"]), int(settings["layers"]), float(settings["dropout"])
    )
    objective = Objective(y_train, OUTPUTS, settings)
    return fit(model, objective, (X_train, y_train, X_val, y_val), device, settings)
