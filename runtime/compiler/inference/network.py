"""A few small networks over sparse features: the sum of the features' embeddings, one hidden layer, a softmax.

They learn side by side in one torch module, with features left out at random so that they do not lean on names that
they will not meet again; their mean is the answer. Kept and asked as plain NumPy arrays.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

MEMBERS = 3
WIDTH = 32
EPOCHS = 4
BATCH = 256
FEWEST_STEPS = 40
"""An epoch's; of few rows the batches are smaller."""
RATE = 4e-3
TUNING_EPOCHS, TUNING_BATCH, TUNING_RATE = 8, 16, 2e-3
DECAY = 1e-5
FEATURES_LEFT_OUT = 0.25
HIDDEN_LEFT_OUT = 0.3
SMOOTHING = 0.03
SHARED = 0.7
"""How much of a target is what was seen how often in the slot; the rest is the kind that was seen most often."""
Arrays = dict[str, NDArray[Any]]


class SmallNetwork:
    """`fit` and `predict_proba` as in scikit-learn; rows are a CSR matrix of ones."""

    def __init__(self, members: int = MEMBERS, width: int = WIDTH, seed: int = 0) -> None:
        self.members, self.width, self.seed = members, width, seed
        self.arrays: Arrays = {}

    def fit(
        self,
        rows: Any,
        targets: NDArray[np.int64],
        classes: int,
        weights: NDArray[Any] | None = None,
        shares: NDArray[Any] | None = None,
    ) -> None:
        """Learn; go on from what was learned where something was: fine-tuning, more slowly and in small batches."""
        import torch

        torch.manual_seed(self.seed)
        generator = np.random.default_rng(self.seed)
        parts = self._parts(rows.shape[1], classes)
        tuning = bool(self.arrays)
        few = max(min(BATCH, rows.shape[0] // FEWEST_STEPS), TUNING_BATCH)
        rate, batch = (TUNING_RATE, TUNING_BATCH) if tuning else (RATE, few)
        epochs = TUNING_EPOCHS if tuning else EPOCHS
        optimizer = torch.optim.AdamW(parts.values(), lr=rate, weight_decay=DECAY)
        steps = epochs * (1 + (rows.shape[0] - 1) // batch)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=rate, total_steps=steps + 1)
        wanted = torch.tensor(_wanted(targets, classes, shares))
        weighted = torch.tensor(np.ones(len(targets)) if weights is None else weights, dtype=torch.float32)
        for _ in range(epochs):
            order = generator.permutation(rows.shape[0])
            for begin in range(0, len(order), batch):
                chosen = order[begin : begin + batch]
                said = torch.log_softmax(self._said(parts, rows[chosen], generator), dim=2)
                loss: Any = -((said * wanted[chosen, None]).sum(dim=2).mean(dim=1) * weighted[chosen]).mean()
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                schedule.step()
        self.arrays = {name: value.detach().numpy() for name, value in parts.items()}

    def _parts(self, features: int, classes: int) -> dict[str, Any]:
        """Torch's parameters: what was learned, or new ones."""
        import torch

        if self.arrays:
            held = {name: torch.tensor(value, dtype=torch.float32) for name, value in self.arrays.items()}
        else:
            bound = self.width**-0.5
            held = {
                "embedding": torch.randn(features, self.members * self.width) * 0.05,
                "bias": torch.zeros(self.members * self.width),
                "out": (torch.rand(self.members, self.width, classes) * 2 - 1) * bound,
                "out_bias": torch.zeros(self.members, classes),
            }
        return {name: value.requires_grad_() for name, value in held.items()}

    def _said(self, parts: dict[str, Any], rows: Any, generator: np.random.Generator) -> Any:
        """Logits of a batch by member, some features and hidden units left out."""
        import torch
        from torch.nn.functional import dropout, embedding_bag

        kept = generator.random(rows.nnz) >= FEATURES_LEFT_OUT
        counts = np.add.reduceat(np.append(kept, False), rows.indptr[:-1]) * (np.diff(rows.indptr) > 0)
        offsets = torch.tensor(np.concatenate([[0], np.cumsum(counts)[:-1]]), dtype=torch.long)
        inputs = torch.tensor(rows.indices[kept], dtype=torch.long)
        hidden = torch.relu(embedding_bag(inputs, parts["embedding"], offsets, mode="sum") + parts["bias"])
        hidden = dropout(hidden, HIDDEN_LEFT_OUT).view(rows.shape[0], *parts["out"].shape[:2])
        return torch.einsum("rmw,mwk->rmk", hidden, parts["out"]) + parts["out_bias"]

    def predict_proba(self, rows: Any) -> NDArray[Any]:
        """Probabilities before calibration: the members' mean."""
        arrays = self.arrays
        hidden = np.maximum(rows @ arrays["embedding"] * (1 - FEATURES_LEFT_OUT) + arrays["bias"], 0)
        hidden = hidden.reshape(rows.shape[0], *arrays["out"].shape[:2])
        said = np.einsum("rmw,mwk->rmk", hidden, arrays["out"], optimize=True) + arrays["out_bias"]
        return np.asarray(softmax(said).mean(axis=1))


def _wanted(targets: NDArray[np.int64], classes: int, shares: NDArray[Any] | None) -> NDArray[np.float32]:
    """Targets as probabilities, one row each."""
    found = np.eye(classes)[targets]
    if shares is not None:
        found = (1 - SHARED) * found + SHARED * shares
    return ((1 - SMOOTHING) * found + SMOOTHING / classes).astype(np.float32)


def softmax(scores: NDArray[Any]) -> NDArray[Any]:
    """Over the last axis."""
    shifted = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True))


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
