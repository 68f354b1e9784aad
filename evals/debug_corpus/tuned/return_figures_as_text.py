# category: corrupted return
# data: digits
# target: cpu
# expect: training_code
# fails: smoke run, raised in contract: ContractError
# says: must be a number, not str
# about: the curves are formatted for printing and returned like that
# twin-score: 0.963
# chance-score: 0.100
# mend: ["f\"{hits / len(y_val):.2%}\"", "hits / len(y_val)"]
# space: {"k": {"default": 10, "type": "Integer", "low": 4, "high": 20}, "lr": {"default": 0.005, "type": "Real", "low": 0.0005, "high": 0.02, "prior": "log-uniform"}, "epochs": {"default": 5, "type": "Integer", "low": 1, "high": 10}}

import torch
from torch import nn


def conv(i, o):
    return nn.Sequential(nn.Conv2d(i, o, 3, padding=1, bias=False), nn.BatchNorm2d(o), nn.ReLU6())


def train_model(X_train, y_train, X_val, y_val, device, k=10, lr=0.005, epochs=5, **kw):
    k = int(k)
    net = nn.Sequential(
        conv(1, k), nn.MaxPool2d(2), conv(k, 2 * k), nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(8 * k, 10)
    ).to(device)
    opt = torch.optim.Adam(net.parameters(), lr=lr)
    ce = nn.CrossEntropyLoss()
    tl, vl, va = [], [], []
    for e in range(epochs):
        net.train()
        s, n = 0.0, 0
        for i in torch.randperm(len(X_train)).split(64):
            opt.zero_grad()
            l = ce(net(X_train[i].to(device)), y_train[i].to(device))
            l.backward()
            opt.step()
            s, n = s + l.item(), n + 1
        net.eval()
        with torch.no_grad():
            o = net(X_val.to(device)).cpu()
        hits = int((o.argmax(1) == y_val).sum())
        tl.append(s / n)
        vl.append(ce(o, y_val).item())
        va.append(f"{hits / len(y_val):.2%}")
        print(f"epoch {e + 1}/{epochs}: train_loss={tl[-1]:.3f}")
    return net, {"train_losses": tl, "val_losses": vl, "val_acc": va}
