# expect: none
# data: tabular
# held-out: blind

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch_xla


def mlp(sizes):
    layers = []
    for i, (a, b) in enumerate(zip(sizes, sizes[1:])):
        layers.append(nn.Linear(a, b))
        if i < len(sizes) - 2:
            layers.append(nn.ReLU())
    return nn.Sequential(*layers)


def fit(net, loader, device, lr, epochs, objective, evaluate=None):
    opt = torch.optim.Adam(net.parameters(), lr=lr)
    curve = []
    for _ in range(epochs):
        net.train()
        acc, n = 0, 0
        for x, y in loader:
            x, y = x.to(device), y.to(device)
            opt.zero_grad()
            loss = objective(net, x, y)
            loss.backward()
            opt.step()
            torch_xla.sync()
            acc = acc + loss.detach()
            n += 1
        curve.append((acc / n).item())
        if evaluate is not None:
            evaluate(net)
    return curve


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    k = int(y_train.max()) + 1
    T = hyperparams.get("temperature", 3.0)
    epochs = int(hyperparams.get("epochs", 2))
    loader = torch.utils.data.DataLoader(
        torch.utils.data.TensorDataset(X_train, y_train), batch_size=16, shuffle=True, drop_last=True
    )
    teacher = mlp([X_train.shape[1], 64, 64, k]).to(device)
    student = mlp([X_train.shape[1], 12, k]).to(device)
    fit(teacher, loader, device, 1e-3, epochs, lambda net, x, y: F.cross_entropy(net(x), y))
    teacher.eval()

    def distil(net, x, y):
        with torch.no_grad():
            soft = F.softmax(teacher(x) / T, dim=1)
        logits = net(x)
        kd = F.kl_div(F.log_softmax(logits / T, dim=1), soft, reduction="batchmean") * T * T
        return 0.5 * kd + 0.5 * F.cross_entropy(logits, y)

    metrics = {"val_losses": [], "val_acc": []}

    def evaluate(net):
        net.eval()
        with torch.no_grad():
            logits = net(X_val.to(device))
            metrics["val_losses"].append(F.cross_entropy(logits, y_val.to(device)).item())
            metrics["val_acc"].append((logits.argmax(1) == y_val.to(device)).float().mean().item())

    metrics["train_losses"] = fit(student, loader, device, hyperparams.get("lr", 2e-3), epochs, distil, evaluate)
    return student, metrics
