# category: shape
# data: diabetes
# target: cpu
# expect: training_code
# fails: smoke run, raised in call: RuntimeError
# says: The size of tensor a .* must match the size of tensor b
# about: a shortcut adds 48 features to 24 without a projection
# twin-score: 0.385
# chance-score: 0.000
# mend: ["return self.act(self.down(self.act(self.up(x))) + x)", "return self.act(self.down(self.act(self.up(x))) + self.skip(x))"]
# mend: ["self.act = nn.Tanh()", "self.skip, self.act = nn.Linear(width, width // 2), nn.Tanh()"]
# space: {"width": {"default": 48, "type": "Categorical", "categories": [16, 32, 48]}, "lr": {"default": 0.003, "type": "Real", "low": 0.0003, "high": 0.03, "prior": "log-uniform"}, "epochs": {"default": 30, "type": "Integer", "low": 5, "high": 60}}

import torch
from torch import nn


class Narrowing(nn.Module):
    """Halves the width, with a shortcut."""

    def __init__(self, width):
        super().__init__()
        self.up = nn.Linear(width, 2 * width)
        self.down = nn.Linear(2 * width, width // 2)
        self.act = nn.Tanh()

    def forward(self, x):
        return self.act(self.down(self.act(self.up(x))) + x)


def train_model(X_train, y_train, X_val, y_val, device, width=48, lr=0.003, epochs=30, **other):
    center, scale = y_train.mean().item(), y_train.std().item()
    model = nn.Sequential(nn.Linear(X_train.shape[1], width), Narrowing(width), nn.Linear(width // 2, 1)).to(device)
    nn.init.constant_(model[-1].bias, center)
    optimizer = torch.optim.AdamW([
        {"params": model[:-1].parameters()}, {"params": model[-1].parameters(), "lr": 100 * lr},
    ], lr=lr)
    metrics = {"train_losses": [], "val_losses": [], "val_metric": []}
    for _ in range(epochs):
        model.train()
        parts, total = torch.randperm(len(X_train)).split(16), 0.0
        for part in parts:
            error = (model(X_train[part].to(device)).flatten() - y_train[part].to(device)) / scale
            loss = error.square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        model.eval()
        with torch.no_grad():
            held = ((model(X_val.to(device)).flatten().cpu() - y_val) / scale).square().mean().item()
        metrics["train_losses"].append(total / len(parts))
        metrics["val_losses"].append(held)
        metrics["val_metric"].append(1 - held)
    return model, metrics
