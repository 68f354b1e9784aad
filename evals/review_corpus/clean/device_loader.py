# expect: none
# data: tabular
# held-out: no

import torch
import torch.nn as nn
import torch_xla
import torch_xla.core.xla_model as xm
import torch_xla.distributed.parallel_loader as pl
from torch.utils.data import DataLoader, TensorDataset


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    loader = DataLoader(TensorDataset(X_train, y_train), batch_size=16, shuffle=True, drop_last=True)
    on_xla = torch.device(device).type == "xla"
    train_loader = pl.MpDeviceLoader(loader, device) if on_xla else loader
    model = nn.Sequential(nn.Linear(X_train.shape[1], 16), nn.ReLU(), nn.Linear(16, int(y_train.max()) + 1)).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=hyperparams.get("lr", 1e-3))
    criterion = nn.CrossEntropyLoss()
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
    for epoch in range(int(hyperparams.get("epochs", 2))):
        model.train()
        total = torch.zeros((), device=device)
        for xb, yb in train_loader:
            optimizer.zero_grad()
            loss = criterion(model(xb), yb)
            loss.backward()
            xm.optimizer_step(optimizer) if on_xla else optimizer.step()
            total += loss.detach()
        metrics["train_losses"].append(total.item() / max(1, len(loader)))
        model.eval()
        with torch.no_grad():
            out = model(X_val.to(device))
            loss_v = criterion(out, y_val.to(device))
            torch_xla.sync()
        metrics["val_losses"].append(loss_v.item())
        metrics["val_acc"].append((out.argmax(1) == y_val.to(device)).float().mean().item())
    return model, metrics
