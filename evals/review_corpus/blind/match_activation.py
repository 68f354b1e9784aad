# expect: none
# data: tabular
# held-out: blind

import torch
from torch import nn
import torch_xla


def activation(name: str) -> nn.Module:
    match name:
        case "relu":
            return nn.ReLU()
        case "gelu" | "gelu_tanh":
            return nn.GELU()
        case _:
            raise ValueError(f"unknown activation {name!r}")


def make_optimizer(name: str, parameters, lr: float) -> torch.optim.Optimizer:
    match name:
        case "adam":
            return torch.optim.Adam(parameters, lr=lr)
        case "sgd":
            return torch.optim.SGD(parameters, lr=lr, momentum=0.9)
        case other:
            raise ValueError(other)


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    match hyperparams:
        case {"activation": str(name)}:
            act = activation(name)
        case _:
            act = activation("relu")
    net = nn.Sequential(nn.Linear(X_train.shape[1], 16), act, nn.Linear(16, int(y_train.max()) + 1)).to(device)
    optimizer = make_optimizer(hyperparams.get("optimizer", "adam"), net.parameters(), hyperparams.get("lr", 0.01))
    x_val, target = X_val.to(device), y_val.to(device)
    log = {"train_losses": [], "val_losses": [], "val_acc": []}
    size, epoch = 16, 0
    while (epoch := epoch + 1) <= int(hyperparams.get("epochs", 2)):
        net.train()
        stack = []
        for chunk in torch.randperm(len(X_train)).split(size):
            if len(chunk) < size:
                break
            xb, yb = X_train[chunk].to(device), y_train[chunk].to(device)
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(net(xb), yb)
            loss.backward()
            optimizer.step()
            torch_xla.sync()
            stack.append(loss.detach())
        log["train_losses"].append(torch.stack(stack).mean().item())
        net.eval()
        with torch.no_grad():
            if (logits := net(x_val)).ndim != 2:
                raise ValueError("logits must be two-dimensional")
            log["val_losses"].append(nn.functional.cross_entropy(logits, target).item())
            log["val_acc"].append(logits.argmax(1).eq(target).float().mean().item())
    return net, log
