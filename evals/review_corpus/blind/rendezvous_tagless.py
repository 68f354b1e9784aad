# expect: XLA003
# data: tabular
# held-out: blind

import torch
import torch.nn as nn
import torch_xla
import torch_xla.core.xla_model as xm
from torch.utils.data import DataLoader, TensorDataset


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    net = nn.Sequential(nn.Linear(X_train.shape[1], 8), nn.ReLU(), nn.Linear(8, int(y_train.max()) + 1)).to(device)
    criterion, optimizer = nn.CrossEntropyLoss(), torch.optim.SGD(net.parameters(), lr=hyperparams.get("lr", 0.1))
    loader = DataLoader(TensorDataset(X_train, y_train), batch_size=16, shuffle=True, drop_last=True)
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
    for epoch in range(2):
        net.train()
        losses = []
        for x, y in loader:
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            loss = criterion(net(x), y)
            loss.backward()
            xm.optimizer_step(optimizer)
            torch_xla.sync()
            losses.append(loss.detach())
        xm.rendezvous()
        metrics["train_losses"].append(torch.stack(losses).mean().item())
        net.eval()
        with torch.no_grad():
            z = net(X_val.to(device))
            metrics["val_losses"].append(criterion(z, y_val.to(device)).item())
            metrics["val_acc"].append((z.argmax(1) == y_val.to(device)).float().mean().item())
    return net, metrics
