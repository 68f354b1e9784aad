# expect: TRN008
# data: tabular
# held-out: blind

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch_xla


def run(net, opt, x, y, size, device):
    net.train()
    order, kept = torch.randperm(len(x)), []
    for i in range(len(x) // size):
        rows = order[i * size : (i + 1) * size]
        xb, yb = x[rows].to(device), y[rows].to(device)
        opt.zero_grad()
        loss = F.cross_entropy(net(xb), yb)
        loss.backward()
        opt.step()
        torch_xla.sync()
        kept.append(loss.detach())
    return torch.stack(kept).mean().item()


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    net = nn.Sequential(nn.Linear(X_train.shape[1], 16), nn.ReLU(), nn.Linear(16, int(y_train.max()) + 1)).to(device)
    opt = torch.optim.Adam(net.parameters(), lr=hyperparams.get("lr", 1e-3))
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
    for _ in range(int(hyperparams.get("epochs", 2))):
        metrics["train_losses"].append(run(net, opt, X_train, y_train, 16, device))
        net.eval()
        with torch.no_grad():
            z = net(X_val.to(device))
            metrics["val_losses"].append(F.cross_entropy(z, y_val.to(device)).item())
            metrics["val_acc"].append((z.argmax(1) == y_val.to(device)).float().mean().item())
    # a last pass over everything
    everything = torch.cat([X_train, X_val]), torch.cat([y_train, y_val])
    run(net, opt, *everything, 16, device)
    return net, metrics
