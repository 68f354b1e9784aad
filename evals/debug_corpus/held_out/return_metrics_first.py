# category: corrupted return
# data: iris
# target: cpu
# expect: training_code
# fails: smoke run, raised in contract: ContractError
# says: must be a torch.nn.Module, not
# about: the metrics come first and the model second
# twin-score: 1.000
# chance-score: 0.333
# mend: ["return metrics, model", "return model, metrics"]
# space: {"hidden": {"default": 12, "type": "Integer", "low": 4, "high": 24}, "lr": {"default": 0.02, "type": "Real", "low": 0.001, "high": 0.1, "prior": "log-uniform"}, "epochs": {"default": 30, "type": "Integer", "low": 5, "high": 60}}

from typing import NamedTuple

import torch
from torch import nn


class Split(NamedTuple):
    X: torch.Tensor
    y: torch.Tensor


def finish(metrics, model):
    """What the caller wants, on the CPU."""
    model.to("cpu").eval()
    return metrics, model


def train_model(X_train, y_train, X_val, y_val, device, hidden=12, lr=0.02, epochs=30, **hyperparams):
    train, held = Split(X_train.to(device), y_train.to(device)), Split(X_val.to(device), y_val.to(device))
    model = nn.Sequential(nn.Linear(4, int(hidden)), nn.Tanh(), nn.Linear(int(hidden), 3)).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
    for _ in range(epochs):
        for rows in torch.randperm(len(train.X)).split(12):
            loss = nn.functional.cross_entropy(model(train.X[rows]), train.y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        with torch.no_grad():
            out = model(held.X)
        metrics["train_losses"].append(loss.item())
        metrics["val_losses"].append(nn.functional.cross_entropy(out, held.y).item())
        metrics["val_acc"].append((out.argmax(1) == held.y).float().mean().item())
    return finish(metrics, model)
