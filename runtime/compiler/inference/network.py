"""A small network over sparse features: the sum of the features' embeddings, one hidden layer, a softmax.

Trained by torch, with features left out at random so that it does not lean on names that it will not meet again; kept
and asked as plain NumPy arrays.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

WIDTH = 64
EPOCHS = 8
BATCH = 256
RATE = 4e-3
TUNING_BATCH, TUNING_RATE = 16, 2e-3
DECAY = 1e-5
FEATURES_LEFT_OUT = 0.25
HIDDEN_LEFT_OUT = 0.3
SMOOTHING = 0.03
Arrays = dict[str, NDArray[Any]]


class SmallNetwork:
    """`fit` and `predict_proba` as in scikit-learn; rows are a CSR matrix of ones."""

    def __init__(self, width: int = WIDTH, epochs: int = EPOCHS, seed: int = 0) -> None:
        self.width, self.epochs, self.seed = width, epochs, seed
        self.arrays: Arrays = {}

    def fit(self, rows: Any, targets: NDArray[np.int64], classes: int, weights: NDArray[Any] | None = None) -> None:
        """Learn; go on from what was learned where something was: fine-tuning, more slowly and in small batches."""
        import torch

        torch.manual_seed(self.seed)
        generator = np.random.default_rng(self.seed)
        bag = torch.nn.EmbeddingBag(rows.shape[1], self.width, mode="sum")
        out = torch.nn.Linear(self.width, classes)
        bias = torch.nn.Parameter(torch.zeros(self.width))
        torch.nn.init.normal_(bag.weight, std=0.05)
        tuning = bool(self.arrays)
        if tuning:
            with torch.no_grad():
                bag.weight.copy_(torch.tensor(self.arrays["embedding"], dtype=torch.float32))
                bias.copy_(torch.tensor(self.arrays["bias"]))
                out.weight.copy_(torch.tensor(self.arrays["out"]).T)
                out.bias.copy_(torch.tensor(self.arrays["out_bias"]))
        parameters = [*bag.parameters(), bias, *out.parameters()]
        rate, batch = (TUNING_RATE, TUNING_BATCH) if tuning else (RATE, BATCH)
        optimizer = torch.optim.AdamW(parameters, lr=rate, weight_decay=DECAY)
        steps = self.epochs * (1 + (rows.shape[0] - 1) // batch)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=rate, total_steps=steps + 1)
        loss_of = torch.nn.CrossEntropyLoss(label_smoothing=SMOOTHING, reduction="none")
        weighted = np.ones(len(targets)) if weights is None else weights
        for _ in range(self.epochs):
            order = generator.permutation(rows.shape[0])
            for begin in range(0, len(order), batch):
                chosen = order[begin : begin + batch]
                part = rows[chosen]
                kept = generator.random(part.nnz) >= FEATURES_LEFT_OUT
                counts = np.add.reduceat(np.append(kept, False), part.indptr[:-1]) * (np.diff(part.indptr) > 0)
                offsets = torch.tensor(np.concatenate([[0], np.cumsum(counts)[:-1]]), dtype=torch.long)
                inputs = torch.tensor(part.indices[kept], dtype=torch.long)
                hidden = torch.relu(bag(inputs, offsets) + bias)
                hidden = torch.nn.functional.dropout(hidden, HIDDEN_LEFT_OUT)
                losses = loss_of(out(hidden), torch.tensor(targets[chosen]))
                loss = (losses * torch.tensor(weighted[chosen], dtype=torch.float32)).mean()
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                schedule.step()
        self.arrays = {
            "embedding": bag.weight.detach().numpy(),
            "bias": bias.detach().numpy(),
            "out": out.weight.detach().numpy().T.copy(),
            "out_bias": out.bias.detach().numpy(),
        }

    def scores(self, rows: Any) -> NDArray[Any]:
        """Logits, one row each."""
        arrays = self.arrays
        hidden = np.maximum(rows @ arrays["embedding"] * (1 - FEATURES_LEFT_OUT) + arrays["bias"], 0)
        return np.asarray(hidden @ arrays["out"] + arrays["out_bias"])

    def predict_proba(self, rows: Any) -> NDArray[Any]:
        """Probabilities before calibration."""
        return softmax(self.scores(rows))


def softmax(scores: NDArray[Any]) -> NDArray[Any]:
    """Of each row."""
    shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True))


def packed(arrays: Arrays) -> Arrays:
    """The embeddings in a byte each, with a scale for each row: a sixteenth of a percent is lost, a quarter is kept."""
    embedding = arrays["embedding"]
    scale = np.maximum(np.abs(embedding).max(axis=1, keepdims=True), 1e-8) / 127
    small = np.round(embedding / scale).astype(np.int8)
    others = {name: value.astype(np.float32) for name, value in arrays.items() if name != "embedding"}
    return {**others, "embedding": small, "scale": scale.astype(np.float16)}


def unpacked(arrays: Arrays) -> Arrays:
    """As they were, nearly."""
    embedding = arrays["embedding"].astype(np.float32) * arrays["scale"].astype(np.float32)
    return {name: value for name, value in arrays.items() if name != "scale"} | {"embedding": embedding}
