# category: dtype
# data: synthetic:tokens
# target: cpu
# expect: training_code
# fails: smoke run, raised in call: RuntimeError
# says: dtype|Double
# about: sinusoidal positions made with NumPy are float64 and carry the embeddings with them
# twin-score: 0.983
# chance-score: 0.525
# mend: ["self.register_buffer(\"positions\", sinusoids(length, dim))", "self.register_buffer(\"positions\", sinusoids(length, dim).float())"]
# space: {"dim": {"default": 32, "type": "Categorical", "categories": [16, 32, 48]}, "lr": {"default": 0.004, "type": "Real", "low": 0.0003, "high": 0.02, "prior": "log-uniform"}, "epochs": {"default": 14, "type": "Integer", "low": 2, "high": 20}}

import numpy as np
import torch
from torch import nn


def sinusoids(length, dim):
    """Positions as in Vaswani et al. 2017, (length, dim)."""
    place = np.arange(length)[:, None]
    rate = 1 / 10000 ** (np.arange(0, dim, 2) / dim)
    table = np.zeros((length, dim))
    table[:, 0::2], table[:, 1::2] = np.sin(place * rate), np.cos(place * rate)
    return torch.from_numpy(table)


class Attend(nn.Module):
    def __init__(self, vocabulary, length, dim):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, dim)
        self.register_buffer("positions", sinusoids(length, dim))
        self.query, self.key, self.value = (nn.Linear(dim, dim) for _ in range(3))
        self.out = nn.Sequential(nn.Linear(dim, dim), nn.ReLU(), nn.Linear(dim, 2))

    def forward(self, ids):
        h = self.embedding(ids) + self.positions
        scores = self.query(h) @ self.key(h).transpose(1, 2) / h.shape[-1] ** 0.5
        return self.out((h + scores.softmax(-1) @ self.value(h)).amax(1))


def train_model(X_train, y_train, X_val, y_val, device, dim=32, lr=0.004, epochs=14, **hyperparams):
    model = Attend(50, X_train.shape[1], dim).to(device)
    adam = torch.optim.Adam(model.parameters(), lr=lr)
    train_losses, val_losses, val_acc = [], [], []
    for epoch in range(epochs):
        model.train()
        seen = []
        for rows in torch.randperm(len(X_train)).split(40):
            loss = nn.functional.cross_entropy(model(X_train[rows].to(device)), y_train[rows].to(device))
            adam.zero_grad()
            loss.backward()
            adam.step()
            seen.append(loss.item())
        model.eval()
        with torch.no_grad():
            logits = model(X_val.to(device)).cpu()
        train_losses.append(float(np.mean(seen)))
        val_losses.append(nn.functional.cross_entropy(logits, y_val).item())
        val_acc.append(float((logits.argmax(1) == y_val).numpy().mean()))
    return model, dict(train_losses=train_losses, val_losses=val_losses, val_acc=val_acc)
