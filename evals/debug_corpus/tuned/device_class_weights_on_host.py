# category: device
# data: wine
# target: xla
# expect: training_code
# fails: smoke run, raised in call: RuntimeError
# says: Expected XLA tensor|on the same device|Input tensor is not an XLA tensor
# about: class weights counted on the host are picked by labels that are on the device
# twin-score: 0.926
# chance-score: 0.407
# mend: ["(cross_entropy(model(xb), yb, reduction=\"none\") * balance[yb]).mean()", "(cross_entropy(model(xb), yb, reduction=\"none\") * balance.to(device)[yb]).mean()"]
# space: {"lr": {"default": 0.01, "type": "Real", "low": 0.0005, "high": 0.1, "prior": "log-uniform"}, "epochs": {"default": 20, "type": "Integer", "low": 5, "high": 40}}

import torch
import torch_xla
from torch.nn import Dropout, Linear, ReLU, Sequential
from torch.nn.functional import cross_entropy


def class_balance(labels, classes):
    """Weights that give every class the same say, (classes,)."""
    counts = torch.stack([(labels == k).sum() for k in range(classes)]).float()
    return counts.sum() / (classes * counts.clamp(min=1))


def train_model(X_train, y_train, X_val, y_val, device, lr=0.01, epochs=20, **hyperparams):
    balance = class_balance(y_train, 3)
    model = Sequential(Linear(13, 32), ReLU(), Dropout(0.1), Linear(32, 3)).to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr)
    out = {"train_losses": [], "val_losses": [], "val_acc": []}
    size = 16
    for epoch in range(epochs):
        model.train()
        order = torch.randperm(len(X_train))
        total = torch.zeros((), device=device)
        steps = len(order) // size
        for k in range(steps):
            rows = order[k * size : (k + 1) * size]
            xb, yb = X_train[rows].to(device), y_train[rows].to(device)
            optimizer.zero_grad()
            loss = (cross_entropy(model(xb), yb, reduction="none") * balance[yb]).mean()
            loss.backward()
            optimizer.step()
            torch_xla.sync()
            total += loss.detach()
        model.eval()
        with torch.no_grad():
            logits = model(X_val.to(device))
            val_loss = cross_entropy(logits, y_val.to(device))
            torch_xla.sync()
        out["train_losses"].append(float(total) / max(1, steps))
        out["val_losses"].append(float(val_loss))
        out["val_acc"].append(float((logits.argmax(1).cpu() == y_val).float().mean()))
        print(f"epoch {epoch + 1}/{epochs} train_loss={out['train_losses'][-1]:.4f}")
    return model, out
