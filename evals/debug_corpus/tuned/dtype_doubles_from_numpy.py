# category: dtype
# data: breast_cancer
# target: cpu
# expect: training_code
# fails: smoke run, raised in call: RuntimeError
# says: must have the same dtype, but got Double and Float
# about: clipping in NumPy with a float64 array of bounds makes the rows float64
# twin-score: 0.977
# chance-score: 0.628
# mend: ["torch.from_numpy(clipped)", "torch.from_numpy(clipped).float()"]
# space: {"lr": {"default": 0.02, "type": "Real", "low": 0.001, "high": 0.2, "prior": "log-uniform"}, "l2": {"default": 0.0001, "type": "Real", "low": 1e-06, "high": 0.1, "prior": "log-uniform"}, "epochs": {"default": 20, "type": "Integer", "low": 5, "high": 40}}

import numpy as np
import torch
from torch import nn


def winsorise(X, bounds):
    """Rows with outliers pulled to the bounds of each feature."""
    clipped = np.clip(X.numpy().astype(np.float64), bounds[0], bounds[1])
    return torch.from_numpy(clipped)


class Wide(nn.Module):
    def __init__(self, features):
        super().__init__()
        self.direct = nn.Linear(features, 2)
        self.deep = nn.Sequential(nn.Linear(features, 16), nn.Tanh(), nn.Linear(16, 2))

    def forward(self, x):
        return self.direct(x) + self.deep(x)


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    bounds = np.quantile(X_train.numpy(), [0.01, 0.99], axis=0)
    train_x, val_x = (winsorise(part, bounds).to(device) for part in (X_train, X_val))
    train_y, val_y = y_train.to(device), y_val.to(device)
    model = Wide(train_x.shape[1]).to(device)
    optimizer = torch.optim.SGD(
        model.parameters(), lr=hyperparams.get("lr", 0.02), momentum=0.9, weight_decay=hyperparams.get("l2", 1e-4)
    )
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
    for epoch in range(int(hyperparams.get("epochs", 20))):
        order = torch.randperm(len(train_x))
        epoch_loss = 0.0
        for start in range(0, len(order) - 15, 16):
            rows = order[start : start + 16]
            loss = nn.functional.cross_entropy(model(train_x[rows]), train_y[rows])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            epoch_loss += loss.item() / (len(order) // 16)
        model.eval()
        with torch.no_grad():
            answer = model(val_x)
            metrics["val_losses"].append(nn.functional.cross_entropy(answer, val_y).item())
            metrics["val_acc"].append((answer.argmax(1) == val_y).double().mean().item())
        model.train()
        metrics["train_losses"].append(epoch_loss)
    return model, metrics
