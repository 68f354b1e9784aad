# expect: XLA015
# data: tabular
# held-out: blind

import torch
from torch import nn
import torch_xla


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    def build():
        net = nn.Sequential(nn.Linear(X_train.shape[1], 16), nn.ReLU(), nn.Linear(16, int(y_train.max()) + 1))
        return net, torch.optim.Adam(net.parameters(), lr=hyperparams.get("lr", 1e-3))

    net, optimizer = build()
    net = net.to(device)
    out = {"train_losses": [], "val_losses": [], "val_acc": []}
    for _ in range(int(hyperparams.get("epochs", 2))):
        net.train()
        acc = torch.zeros((), device=device)
        batches = torch.randperm(len(X_train))[: len(X_train) // 16 * 16].view(-1, 16)
        for rows in batches:
            x, y = X_train[rows].to(device), y_train[rows].to(device)
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(net(x), y)
            loss.backward()
            optimizer.step()
            torch_xla.sync()
            acc += loss.detach()
        out["train_losses"].append(acc.item() / len(batches))
        net.eval()
        with torch.no_grad():
            z = net(X_val.to(device))
            out["val_losses"].append(nn.functional.cross_entropy(z, y_val.to(device)).item())
            out["val_acc"].append((z.argmax(1) == y_val.to(device)).float().mean().item())
    return net, out
