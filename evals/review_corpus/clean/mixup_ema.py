# expect: none
# data: tabular
# held-out: no

import copy

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch_xla
from torch.utils.data import DataLoader, TensorDataset


def update_ema(ema, model, decay):
    with torch.no_grad():
        for e, p in zip(ema.parameters(), model.parameters()):
            e.mul_(decay).add_(p, alpha=1 - decay)


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    classes = int(y_train.max()) + 1
    decay = hyperparams.get("ema_decay", 0.9)
    loader = DataLoader(TensorDataset(X_train, y_train), batch_size=16, shuffle=True, drop_last=True)
    model = nn.Sequential(nn.Linear(X_train.shape[1], 24), nn.ReLU(), nn.Dropout(0.1), nn.Linear(24, classes)).to(device)
    ema = copy.deepcopy(model)
    for p in ema.parameters():
        p.requires_grad_(False)
    optimizer = torch.optim.Adam(model.parameters(), lr=hyperparams.get("lr", 2e-3))
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
    for epoch in range(int(hyperparams.get("epochs", 2))):
        model.train()
        total = torch.zeros((), device=device)
        for xb, yb in loader:
            xb = xb.to(device)
            yb = F.one_hot(yb, classes).float().to(device)
            lam = torch.rand((), device=device)
            flipped = torch.flip(xb, dims=[0])
            mixed = lam * xb + (1 - lam) * flipped
            target = lam * yb + (1 - lam) * torch.flip(yb, dims=[0])
            optimizer.zero_grad()
            log_probs = F.log_softmax(model(mixed), dim=1)
            loss = -(target * log_probs).sum(dim=1).mean()
            loss.backward()
            optimizer.step()
            update_ema(ema, model, decay)
            torch_xla.sync()
            total += loss.detach()
        metrics["train_losses"].append(float(total) / max(len(loader), 1))
        ema.eval()
        with torch.no_grad():
            logits = ema(X_val.to(device))
            metrics["val_losses"].append(float(F.cross_entropy(logits, y_val.to(device))))
            metrics["val_acc"].append(float((logits.argmax(1) == y_val.to(device)).float().mean()))
    return ema, metrics
