# category: missing import
# data: synthetic:image
# target: cpu
# expect: training_code
# fails: smoke run, raised in call: NameError
# says: name 'math' is not defined
# about: math is imported for type checkers alone and used in a schedule
# twin-score: 1.000
# chance-score: 0.281
# mend: ["if TYPE_CHECKING:\n    import math", "import math"]
# space: {"filters": {"default": 12, "type": "Integer", "low": 6, "high": 24}, "peak": {"default": 0.01, "type": "Real", "low": 0.0005, "high": 0.05, "prior": "log-uniform"}, "epochs": {"default": 15, "type": "Integer", "low": 3, "high": 25}}

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

if TYPE_CHECKING:
    import math


def cosine(step: int, steps: int, peak: float) -> float:
    """A learning rate that falls to nothing along half a cosine."""
    return peak * 0.5 * (1 + math.cos(math.pi * step / steps))


class Small(nn.Module):
    def __init__(self, filters: int):
        super().__init__()
        self.one = nn.Conv2d(1, filters, 5, padding=2)
        self.two = nn.Conv2d(filters, filters, 5, padding=2)
        self.top = nn.Linear(filters, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.relu(self.two(torch.relu(self.one(x))))
        return self.top(x.flatten(2).amax(2))


def train_model(X_train, y_train, X_val, y_val, device, filters=12, peak=0.01, epochs=15, **_):
    model = Small(filters).to(device)
    opt = torch.optim.Adam(model.parameters(), lr=peak)
    size = 25
    steps = max(1, len(X_train) // size)
    log = {"train_losses": [], "val_losses": [], "val_acc": []}
    for epoch in range(epochs):
        model.train()
        order, lost = torch.randperm(len(X_train)), 0.0
        for step in range(steps):
            for group in opt.param_groups:
                group["lr"] = cosine(epoch * steps + step, epochs * steps, peak)
            rows = order[step * size : (step + 1) * size]
            loss = nn.functional.cross_entropy(model(X_train[rows].to(device)), y_train[rows].to(device))
            opt.zero_grad()
            loss.backward()
            opt.step()
            lost += loss.item()
        model.eval()
        with torch.no_grad():
            z = model(X_val.to(device)).cpu()
        log["train_losses"].append(lost / steps)
        log["val_losses"].append(nn.functional.cross_entropy(z, y_val).item())
        log["val_acc"].append((z.argmax(1) == y_val).float().mean().item())
    return model, log
