# expect: XLA027
# data: tabular
# held-out: blind

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch_xla


def mixup_data(x, y, alpha):
    lam = np.random.beta(alpha, alpha)
    index = torch.randperm(x.size(0))
    return lam * x + (1 - lam) * x[index], y, y[index], lam


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    net = nn.Sequential(nn.Linear(X_train.shape[1], 16), nn.ReLU(), nn.Linear(16, int(y_train.max()) + 1)).to(device)
    opt = torch.optim.Adam(net.parameters(), lr=hyperparams.get("lr", 1e-3))
    loader = torch.utils.data.DataLoader(
        torch.utils.data.TensorDataset(X_train, y_train), batch_size=16, shuffle=True, drop_last=True
    )
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
    for _ in range(int(hyperparams.get("epochs", 2))):
        net.train()
        ls = []
        for x, y in loader:
            x, ya, yb, lam = mixup_data(x, y, 0.4)
            x, ya, yb = x.to(device), ya.to(device), yb.to(device)
            opt.zero_grad()
            out = net(x)
            loss = lam * F.cross_entropy(out, ya) + (1 - lam) * F.cross_entropy(out, yb)
            loss.backward()
            opt.step()
            torch_xla.sync()
            ls.append(loss.detach())
        metrics["train_losses"].append(torch.stack(ls).mean().item())
        net.eval()
        with torch.no_grad():
            z = net(X_val.to(device))
            metrics["val_losses"].append(F.cross_entropy(z, y_val.to(device)).item())
            metrics["val_acc"].append((z.argmax(1) == y_val.to(device)).float().mean().item())
    return net, metrics
