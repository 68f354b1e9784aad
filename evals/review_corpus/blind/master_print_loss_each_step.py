# expect: XLA011
# data: tabular
# held-out: blind

import torch
import torch.nn as nn
import torch_xla.core.xla_model as xm
import torch_xla.distributed.parallel_loader as pl
from torch.utils.data import DataLoader, TensorDataset


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    model = nn.Sequential(nn.Linear(X_train.shape[1], 32), nn.ReLU(), nn.Linear(32, int(y_train.max()) + 1)).to(device)
    loss_fn = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=hyperparams.get("lr", 0.1))
    loader = DataLoader(TensorDataset(X_train, y_train), batch_size=16, shuffle=True, drop_last=True)
    history = {"train_losses": [], "val_losses": [], "val_acc": []}
    for epoch in range(1, 3):
        model.train()
        device_loader = pl.MpDeviceLoader(loader, device) if device.type == "xla" else loader
        losses = []
        for step, (data, target) in enumerate(device_loader):
            optimizer.zero_grad()
            loss = loss_fn(model(data), target)
            loss.backward()
            xm.optimizer_step(optimizer)
            xm.master_print(f"epoch {epoch} step {step} loss {loss}")
            losses.append(loss.detach())
        history["train_losses"].append(torch.stack(losses).mean().item())
        model.eval()
        with torch.no_grad():
            logits = model(X_val.to(device))
            labels = y_val.to(device)
            history["val_losses"].append(loss_fn(logits, labels).item())
            history["val_acc"].append((logits.argmax(1) == labels).float().mean().item())
    return model, history
