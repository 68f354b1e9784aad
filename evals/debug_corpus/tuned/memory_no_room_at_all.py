# category: memory
# data: synthetic:tabular
# target: cpu
# expect: system_issue
# cause: out_of_memory
# fails: smoke run, any
# says: memory|Memory|allocate
# about: the box is given so little memory that the smallest model does not fit; no change of the code can help
# limits: {"memory_mb": 8, "wall_s": 120}
# space: {"width": {"default": 16, "type": "Integer", "low": 8, "high": 32}, "lr": {"default": 0.01, "type": "Real", "low": 0.001, "high": 0.1, "prior": "log-uniform"}, "epochs": {"default": 10, "type": "Integer", "low": 2, "high": 20}}

import torch
from torch import nn


def train_model(X_train, y_train, X_val, y_val, device, width=16, lr=0.01, epochs=10, **hyperparams):
    model = nn.Sequential(nn.Linear(X_train.shape[1], width), nn.ReLU(), nn.Linear(width, 3)).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    criterion = nn.CrossEntropyLoss()
    train_losses, val_losses, val_acc = [], [], []
    for _ in range(epochs):
        model.train()
        total, steps = 0.0, 0
        for start in range(0, len(X_train), 32):
            x, y = X_train[start : start + 32].to(device), y_train[start : start + 32].to(device)
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            total, steps = total + loss.item(), steps + 1
        model.eval()
        with torch.no_grad():
            out = model(X_val.to(device))
            val_losses.append(criterion(out, y_val.to(device)).item())
            val_acc.append((out.argmax(1) == y_val.to(device)).float().mean().item())
        train_losses.append(total / steps)
    return model, {"train_losses": train_losses, "val_losses": val_losses, "val_acc": val_acc}
