# expect: XLA004
# data: tabular
# held-out: blind

from dataclasses import dataclass

import torch
import torch.nn as nn
import torch_xla
from torch.utils.data import DataLoader, TensorDataset


@dataclass
class Setup:
    model: nn.Module
    criterion: nn.Module
    optimizer: torch.optim.Optimizer


def build(features: int, classes: int, lr: float, device) -> Setup:
    model = nn.Sequential(nn.Linear(features, 16), nn.Hardswish(), nn.Linear(16, classes)).to(device)
    criterion = nn.CrossEntropyLoss(label_smoothing=0.1).to(device)
    return Setup(model, criterion, torch.optim.Adam(model.parameters(), lr=lr))


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    setup = build(X_train.shape[1], int(y_train.max()) + 1, hyperparams.get("lr", 1e-3), device)
    loader = DataLoader(TensorDataset(X_train, y_train), batch_size=16, shuffle=True, drop_last=True)
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
    for epoch in range(int(hyperparams.get("epochs", 2))):
        setup.model.train()
        parts = []
        for x, y in loader:
            x, y = x.to(device), y.to(device)
            setup.optimizer.zero_grad()
            loss = setup.criterion(setup.model(x), y)
            loss.backward()
            setup.optimizer.step()
            torch_xla.sync()
            parts.append(loss.detach())
        metrics["train_losses"].append(torch.stack(parts).mean().item())
        setup.model.eval()
        with torch.no_grad():
            logits = setup.model(X_val.to(device))
            metrics["val_losses"].append(setup.criterion(logits, y_val.to(device)).item())
            metrics["val_acc"].append((logits.argmax(1) == y_val.to(device)).float().mean().item())
    return setup.model, metrics
