# category: time-out
# data: synthetic:sequence
# target: cpu
# expect: training_code
# fails: smoke run, timed_out
# about: dynamic time warping between all pairs of signals, value by value in Python
# limits: {"wall_s": 20}
# twin-score: 0.978
# chance-score: 0.371
# mend: ["warped(series[i, 0], series[j, 0])", "(series[i, 0] - series[j, 0]).abs().sum().item()"]
# space: {"lr": {"default": 0.006, "type": "Real", "low": 0.0005, "high": 0.05, "prior": "log-uniform"}, "epochs": {"default": 10, "type": "Integer", "low": 2, "high": 20}}

import torch
from torch import nn


def warped(a, b):
    """The cost of aligning two signals (Sakoe & Chiba 1978)."""
    previous = [float("inf")] * (len(b) + 1)
    previous[0] = 0.0
    for x in a:
        current = [float("inf")]
        for k in range(len(b)):
            cost = (x - b[k]).abs().item()
            current.append(cost + min(previous[k], previous[k + 1], current[k]))
        previous = current
    return previous[-1]


def typical(series, count=60):
    """Weights of signals: those that are like many others count more."""
    series = series[:count]
    apart = torch.zeros(len(series), len(series))
    for i in range(len(series)):
        for j in range(i):
            apart[i, j] = apart[j, i] = warped(series[i, 0], series[j, 0])
    return torch.softmax(-apart.mean(1) / (apart.std() + 1e-6), dim=0) * len(series)


def train_model(X_train, y_train, X_val, y_val, device, lr=0.006, epochs=10, **hyperparams):
    weights = torch.ones(len(X_train))
    weights[:60] = typical(X_train)
    net = nn.Sequential(
        nn.Conv1d(2, 16, 7, padding=3),
        nn.ReLU(),
        nn.Conv1d(16, 24, 7, padding=3),
        nn.ReLU(),
        nn.AdaptiveAvgPool1d(1),
        nn.Flatten(),
        nn.Linear(24, 3),
    ).to(device)
    optimizer = torch.optim.Adam(net.parameters(), lr=lr)
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
    for _ in range(epochs):
        net.train()
        sums = []
        for rows in torch.randperm(len(X_train)).split(30):
            losses = nn.functional.cross_entropy(
                net(X_train[rows].to(device)), y_train[rows].to(device), reduction="none"
            )
            loss = (losses * weights[rows].to(device)).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            sums.append(loss.item())
        net.eval()
        with torch.no_grad():
            z = net(X_val.to(device)).cpu()
        metrics["train_losses"].append(sum(sums) / len(sums))
        metrics["val_losses"].append(nn.functional.cross_entropy(z, y_val).item())
        metrics["val_acc"].append((z.argmax(1) == y_val).float().mean().item())
    return net, metrics
