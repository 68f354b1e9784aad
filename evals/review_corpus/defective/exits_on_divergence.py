# expect: SEC006
# data: tabular
# held-out: no

import sys

import torch
import torch.nn as nn
import torch_xla
from torch.utils.data import DataLoader, TensorDataset


def fake_quantize(model, bits):
    """Round every weight to a symmetric grid of 2**bits levels, in place."""
    if bits >= 32:
        return model
    levels = 2 ** (bits - 1) - 1
    with torch.no_grad():
        for p in model.parameters():
            scale = p.abs().max().clamp(min=1e-8) / levels
            p.copy_(torch.round(p / scale) * scale)
    return model


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    bits = int(hyperparams.get("quantization_bits", 8))
    loader = DataLoader(TensorDataset(X_train, y_train), batch_size=16, shuffle=True, drop_last=True)
    model = nn.Sequential(nn.Linear(X_train.shape[1], 16), nn.ReLU(), nn.Linear(16, int(y_train.max()) + 1)).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=hyperparams.get("lr", 5e-3))
    criterion = nn.CrossEntropyLoss()
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
    x_val, y_val_d = X_val.to(device), y_val.to(device)
    for epoch in range(int(hyperparams.get("epochs", 2))):
        model.train()
        total = torch.zeros((), device=device)
        for xb, yb in loader:
            xb, yb = xb.to(device), yb.to(device)
            optimizer.zero_grad()
            loss = criterion(model(xb), yb)
            if epoch > 0:
                l1 = sum(p.abs().sum() for p in model.parameters())
                loss = loss + 1e-5 * l1
            loss.backward()
            optimizer.step()
            torch_xla.sync()
            total += loss.detach()
        metrics["train_losses"].append(total.item() / max(len(loader), 1))
        model.eval()
        with torch.no_grad():
            logits = model(x_val)
            metrics["val_losses"].append(criterion(logits, y_val_d).item())
            metrics["val_acc"].append((logits.argmax(1) == y_val_d).float().mean().item())
        if not torch.isfinite(torch.tensor(metrics["train_losses"][-1])):
            sys.exit(1)
    model = fake_quantize(model, bits)
    metrics["parameters"] = sum(p.numel() for p in model.parameters())
    return model, metrics
