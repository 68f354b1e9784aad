# expect: none
# data: regression
# held-out: blind

import functools
import time

import torch
import torch.nn as nn
import torch_xla


def timed(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        start = time.perf_counter()
        answer = function(*args, **kwargs)
        print(f"{function.__name__}: {time.perf_counter() - start:.2f} s")
        return answer

    return wrapper


@timed
def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    mean, std = y_train.float().mean(), y_train.float().std().clamp_min(1e-6)
    net = nn.Sequential(nn.Linear(X_train.shape[1], 32), nn.ELU(), nn.Linear(32, 1)).to(device)
    optimizer = torch.optim.LBFGS(net.parameters(), lr=hyperparams.get("lr", 0.1), max_iter=2)
    X, y = X_train.to(device), ((y_train.float() - mean) / std).to(device)
    Xv, yv = X_val.to(device), ((y_val.float() - mean) / std).to(device)
    loss_fn = nn.HuberLoss()
    metrics = {"train_losses": [], "val_losses": [], "val_metric": []}

    def closure():
        optimizer.zero_grad()
        loss = loss_fn(net(X).squeeze(-1), y)
        loss.backward()
        return loss

    for _ in range(int(hyperparams.get("epochs", 3))):
        net.train()
        loss = optimizer.step(closure)
        torch_xla.sync()
        net.eval()
        with torch.no_grad():
            predictions = net(Xv).squeeze(-1)
            error = nn.functional.mse_loss(predictions, yv)
            r2 = 1 - error / yv.var()
        metrics["train_losses"].append(loss.item())
        metrics["val_losses"].append(error.item())
        metrics["val_metric"].append(r2.item())
    return net, metrics
