# expect: none
# data: tabular
# held-out: blind

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch_xla


def nt_xent(a, b, temperature):
    z = F.normalize(torch.cat([a, b]), dim=1)
    sim = z @ z.t() / temperature
    n = a.shape[0]
    eye = torch.eye(2 * n, device=z.device, dtype=torch.bool)
    sim = sim.masked_fill(eye, -1e9)
    target = torch.cat([torch.arange(n, device=z.device) + n, torch.arange(n, device=z.device)])
    return F.cross_entropy(sim, target)


class Encoder(nn.Module):
    def __init__(self, d, k):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(d, 24), nn.ReLU(), nn.Linear(24, 12))
        self.project = nn.Linear(12, 8)
        self.head = nn.Linear(12, k)

    def forward(self, x):
        return self.head(self.body(x))


def batches(n, size):
    order = torch.randperm(n)
    for i in range(n // size):
        yield order[i * size : (i + 1) * size]


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    model = Encoder(X_train.shape[1], int(y_train.max()) + 1).to(device)
    temperature = hyperparams.get("temperature", 0.5)
    opt = torch.optim.Adam(model.parameters(), lr=hyperparams.get("lr", 1e-3))
    for _ in range(int(hyperparams.get("pretrain_epochs", 1))):
        model.train()
        for rows in batches(len(X_train), 16):
            x = X_train[rows].to(device)
            first = x + 0.1 * torch.randn_like(x)
            second = x * torch.empty_like(x).bernoulli_(0.8)
            opt.zero_grad()
            loss = nt_xent(model.project(model.body(first)), model.project(model.body(second)), temperature)
            loss.backward()
            opt.step()
            torch_xla.sync()
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
    for _ in range(int(hyperparams.get("epochs", 2))):
        model.train()
        collected = []
        for rows in batches(len(X_train), 16):
            x, y = X_train[rows].to(device), y_train[rows].to(device)
            opt.zero_grad()
            loss = F.cross_entropy(model(x), y)
            loss.backward()
            opt.step()
            torch_xla.sync()
            collected.append(loss.detach())
        metrics["train_losses"].append(torch.stack(collected).mean().item())
        model.eval()
        with torch.no_grad():
            out = model(X_val.to(device))
            metrics["val_losses"].append(F.cross_entropy(out, y_val.to(device)).item())
            metrics["val_acc"].append((out.argmax(1) == y_val.to(device)).float().mean().item())
    return model, metrics
