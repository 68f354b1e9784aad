# category: time-out
# data: synthetic:regression
# target: cpu
# expect: bo_config
# fails: execution, timed_out
# about: training is counted in passes of a hundred steps, and the default asks for thousands of passes
# limits: {"wall_s": 25}
# twin-score: 0.823
# chance-score: 0.000
# mend: ["\"default\": 5000", "\"default\": 3"]
# space: {"rounds": {"default": 5000, "type": "Integer", "low": 1, "high": 10000, "prior": "log-uniform"}, "lr": {"default": 0.01, "type": "Real", "low": 0.0005, "high": 0.05, "prior": "log-uniform"}, "n_epochs": {"default": 4, "type": "Integer", "low": 1, "high": 10}}

import torch
from torch import nn


def train_model(X_train, y_train, X_val, y_val, device, rounds=8, lr=0.01, n_epochs=4, **hyperparams):
    mu, sd = y_train.mean(), y_train.std()
    body = nn.Sequential(nn.Linear(8, 48), nn.GELU(), nn.Linear(48, 48), nn.GELU(), nn.Linear(48, 1))
    model = nn.Sequential(body, Affine(sd, mu)).to(device)
    optimizer = torch.optim.Adam(body.parameters(), lr=lr)
    X, y, Xv, yv = X_train.to(device), y_train.to(device), X_val.to(device), y_val.to(device)
    curves = {"train_losses": [], "val_losses": [], "val_metric": []}
    for epoch in range(int(n_epochs)):
        total, steps = 0.0, 0
        for _ in range(int(rounds)):
            for rows in torch.randint(0, len(X), (100, 32)):
                loss = ((model(X[rows])[:, 0] - y[rows]) / sd).pow(2).mean()
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                total, steps = total + loss.item(), steps + 1
            if len(X) < 200:
                break
        with torch.no_grad():
            held = ((model(Xv)[:, 0] - yv) / sd).pow(2).mean().item()
        curves["train_losses"].append(total / steps)
        curves["val_losses"].append(held)
        curves["val_metric"].append(1 - held)
        print(f"epoch {epoch + 1}/{int(n_epochs)} val_loss={held:.4f}")
    return model, curves


class Affine(nn.Module):
    """Back to the units of the target."""

    def __init__(self, scale, shift):
        super().__init__()
        self.register_buffer("scale", scale)
        self.register_buffer("shift", shift)

    def forward(self, x):
        return x * self.scale + self.shift
