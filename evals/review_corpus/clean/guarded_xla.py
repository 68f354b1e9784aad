# expect: none
# data: tabular
# held-out: no

import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

try:
    import torch_xla
    import torch_xla.core.xla_model as xm

    HAS_XLA = True
except ImportError:
    torch_xla = None
    xm = None
    HAS_XLA = False


def step(optimizer, device):
    """One update, on XLA with a sync."""
    if HAS_XLA and torch.device(device).type == "xla":
        xm.optimizer_step(optimizer)
        torch_xla.sync()
    else:
        optimizer.step()


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    device = torch.device(device)
    model = nn.Sequential(nn.Linear(X_train.shape[1], 16), nn.Tanh(), nn.Linear(16, int(y_train.max()) + 1))
    model.to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=hyperparams.get("lr", 1e-3))
    criterion = nn.CrossEntropyLoss()
    loader = DataLoader(TensorDataset(X_train, y_train), batch_size=16, shuffle=True, drop_last=True)
    train_losses, val_losses, val_acc = [], [], []
    for epoch in range(int(hyperparams.get("epochs", 2))):
        model.train()
        epoch_losses = []
        for xb, yb in loader:
            xb, yb = xb.to(device), yb.to(device)
            optimizer.zero_grad()
            loss = criterion(model(xb), yb)
            loss.backward()
            step(optimizer, device)
            epoch_losses.append(loss.detach())
        train_losses.append(torch.stack(epoch_losses).mean().item())
        model.eval()
        with torch.no_grad():
            out = model(X_val.to(device))
            val_losses.append(criterion(out, y_val.to(device)).item())
            val_acc.append((out.argmax(1).cpu() == y_val).float().mean().item())
    metrics = dict(train_losses=train_losses, val_losses=val_losses, val_acc=val_acc)
    return model, metrics
