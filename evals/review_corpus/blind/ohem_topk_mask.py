# expect: XLA021
# data: tabular
# held-out: blind

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch_xla


def ohem(logits, target, threshold):
    per_sample = F.cross_entropy(logits, target, reduction="none")
    hard = per_sample > threshold
    return per_sample[hard].sum() / hard.sum().clamp(min=1)


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    net = nn.Sequential(nn.Linear(X_train.shape[1], 16), nn.ReLU(), nn.Linear(16, int(y_train.max()) + 1)).to(device)
    opt = torch.optim.Adam(net.parameters(), lr=hyperparams.get("lr", 1e-3))
    loader = torch.utils.data.DataLoader(
        torch.utils.data.TensorDataset(X_train, y_train), batch_size=16, shuffle=True, drop_last=True
    )
    res = {"train_losses": [], "val_losses": [], "val_acc": []}
    for _ in range(int(hyperparams.get("epochs", 2))):
        net.train()
        acc = torch.zeros((), device=device)
        for x, y in loader:
            x, y = x.to(device), y.to(device)
            opt.zero_grad()
            loss = ohem(net(x), y, hyperparams.get("threshold", 0.3))
            loss.backward()
            opt.step()
            torch_xla.sync()
            acc += loss.detach()
        res["train_losses"].append(acc.item() / len(loader))
        net.eval()
        with torch.no_grad():
            z = net(X_val.to(device))
            res["val_losses"].append(F.cross_entropy(z, y_val.to(device)).item())
            res["val_acc"].append((z.argmax(1) == y_val.to(device)).float().mean().item())
    return net, res
