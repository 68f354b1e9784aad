"""A linear model over tokens and pairs of neighbouring tokens, begun where naive Bayes would end.

After NBSVM (Wang & Manning, ACL 2012) and fastText with hashed bigrams (Joulin et al., EACL 2017).
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from agents.expert.blueprints.classification import Objective
from agents.expert.blueprints.training import fit

VOCABULARY_SIZE = 10000
FILLER = 0
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
    "pairs": 16384,
}
BEGIN = 0.3
"""The share of naive Bayes' votes that training begins with."""


class Network(nn.Module):
    """(rows, length) token ids -> (rows, OUTPUTS); each token and each pair votes (modulo its number of buckets).

    The votes are added up and divided by the root of the text's length. Tokens of id FILLER only fill rows up.
    """

    def __init__(self, buckets: int, pairs: int) -> None:
        super().__init__()
        self.buckets, self.pairs = buckets, pairs
        self.votes, self.pair_votes = nn.Embedding(buckets, OUTPUTS), nn.Embedding(pairs, OUTPUTS)
        nn.init.zeros_(self.votes.weight)
        nn.init.zeros_(self.pair_votes.weight)
        self.bias = nn.Parameter(torch.zeros(OUTPUTS))

    def places(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """The bucket of each token and of each pair of neighbours."""
        tokens = tokens.clamp(0, VOCABULARY_SIZE - 1)
        return tokens % self.buckets, (tokens[:, :-1] * 4099 + tokens[:, 1:] * 31) % self.pairs

    def forward(self, tokens: Tensor) -> Tensor:
        ones, twos = self.places(tokens)
        present = (tokens != FILLER).float().unsqueeze(2)
        summed = (self.votes(ones) * present).sum(1) + (self.pair_votes(twos) * present[:, 1:]).sum(1)
        output: Tensor = summed * present.sum(1).clamp(min=1) ** -0.5 + self.bias
        return output


@torch.no_grad()
def begin(model: Network, tokens: Tensor, y: Tensor) -> None:
    """Start from naive Bayes: how much more often a token is in the texts of a class than in those of others."""
    for vote, places in zip((model.votes, model.pair_votes), model.places(tokens), strict=True):
        seen = torch.ones(OUTPUTS, vote.num_embeddings)
        for at in range(0, len(places), 256):
            rows, labels = places[at : at + 256], y[at : at + 256].long()
            present = torch.zeros(len(rows), vote.num_embeddings).scatter_(1, rows, 1.0)
            seen += functional.one_hot(labels, OUTPUTS).float().T @ present
        shares = (seen / seen.sum(1, keepdim=True)).log()
        vote.weight.copy_(BEGIN * (shares - shares.mean(0)).T)


def train_model(
    X_train: Tensor, y_train: Tensor, X_val: Tensor, y_val: Tensor, device: torch.device | str, **hyperparams: Any
) -> tuple[nn.Module, dict[str, list[float]]]:
    """Train on token ids (rows, length); return the best epoch's model on the host and one metric value an epoch."""
    settings = {**DEFAULTS, **hyperparams}
    objective = Objective(y_train, OUTPUTS, settings)
    model = Network(int(settings["buckets"]), int(settings["pairs"]))
    if y_train.dtype == torch.int64:
        begin(model, X_train, y_train)
    return fit(model, objective, (X_train, y_train, X_val, y_val), device, settings)
