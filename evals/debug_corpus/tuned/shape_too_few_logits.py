# category: shape
# data: synthetic:tabular
# target: cpu
# expect: training_code
# fails: smoke run, raised in call: IndexError
# says: Target 2 is out of bounds
# about: a head of two outputs for three classes
# twin-score: 0.975
# chance-score: 0.367
# mend: ["N_OUT = 2", "N_OUT = 3"]
# space: {"hidden": {"default": 48, "type": "Integer", "low": 16, "high": 96}, "lr": {"default": 0.01, "type": "Real", "low": 0.001, "high": 0.1, "prior": "log-uniform"}, "epochs": {"default": 25, "type": "Integer", "low": 5, "high": 40}}

import torch
import torch.nn as nn

N_OUT = 2


def build(n_in, hidden):
    return nn.Sequential(nn.Linear(n_in, hidden), nn.GELU(), nn.LayerNorm(hidden), nn.Linear(hidden, N_OUT))


def evaluate(model, X, y, loss_fn):
    model.eval()
    with torch.no_grad():
        out = model(X)
    return loss_fn(out, y).item(), (out.argmax(-1) == y).float().mean().item()


def train_model(X_train, y_train, X_val, y_val, device, **hp):
    X_train, y_train, X_val, y_val = (t.to(device) for t in (X_train, y_train, X_val, y_val))
    model = build(X_train.shape[1], int(hp.get("hidden", 48))).to(device)
    loss_fn = nn.CrossEntropyLoss(label_smoothing=0.05)
    optim = torch.optim.SGD(model.parameters(), lr=hp.get("lr", 0.01), momentum=0.9)
    train_losses, val_losses, val_acc = [], [], []
    for epoch in range(int(hp.get("epochs", 25))):
        model.train()
        seen = []
        for rows in torch.randperm(len(X_train)).split(40):
            optim.zero_grad()
            loss = loss_fn(model(X_train[rows]), y_train[rows])
            loss.backward()
            optim.step()
            seen.append(loss.item())
        v, a = evaluate(model, X_val, y_val, loss_fn)
        train_losses.append(sum(seen) / len(seen))
        val_losses.append(v)
        val_acc.append(a)
    return model, {"train_losses": train_losses, "val_losses": val_losses, "val_acc": val_acc}
