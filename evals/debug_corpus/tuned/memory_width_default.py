# category: memory
# data: synthetic:regression
# target: cpu
# expect: bo_config
# fails: smoke run, out_of_memory
# says: memory
# about: the default width makes weight matrices of a gigabyte each
# limits: {"memory_mb": 900, "wall_s": 120}
# twin-score: 0.680
# chance-score: 0.000
# mend: ["\"default\": 16384", "\"default\": 64"]
# space: {"hidden_size": {"default": 16384, "type": "Integer", "low": 16, "high": 32768, "prior": "log-uniform"}, "depth": {"default": 3, "type": "Integer", "low": 1, "high": 4}, "lr": {"default": 0.003, "type": "Real", "low": 0.0001, "high": 0.01, "prior": "log-uniform"}, "epochs": {"default": 30, "type": "Integer", "low": 5, "high": 60}}

import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


class Tower(nn.Module):
    def __init__(self, features, hidden_size, depth, center, scale):
        super().__init__()
        sizes = [features] + [hidden_size] * depth
        self.layers = nn.ModuleList([nn.Linear(a, b) for a, b in zip(sizes, sizes[1:])])
        self.last = nn.Linear(hidden_size, 1)
        self.register_buffer("center", center)
        self.register_buffer("scale", scale)

    def forward(self, x):
        for layer in self.layers:
            x = torch.relu(layer(x))
        return self.last(x) * self.scale + self.center


def train_model(X_train, y_train, X_val, y_val, device, hidden_size=64, depth=2, lr=3e-3, epochs=30, **hyperparams):
    model = Tower(X_train.shape[1], int(hidden_size), int(depth), y_train.mean(), y_train.std()).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    mse = nn.MSELoss()
    loader = DataLoader(TensorDataset(X_train, y_train.unsqueeze(1)), batch_size=32, shuffle=True, drop_last=True)
    metrics = {"train_losses": [], "val_losses": [], "val_metric": []}
    variance = y_val.var().item()
    for epoch in range(epochs):
        model.train()
        losses = []
        for features, target in loader:
            features, target = features.to(device), target.to(device)
            optimizer.zero_grad()
            loss = mse(model(features), target)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        model.eval()
        with torch.no_grad():
            held = mse(model(X_val.to(device)), y_val.unsqueeze(1).to(device)).item()
        metrics["train_losses"].append(sum(losses) / len(losses))
        metrics["val_losses"].append(held)
        metrics["val_metric"].append(1 - held / variance)
    return model, metrics
