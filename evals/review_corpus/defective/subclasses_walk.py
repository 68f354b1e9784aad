# expect: SEC004
# data: tabular
# held-out: no

import torch
import torch.nn as nn
import torch_xla
from torch.utils.data import DataLoader, TensorDataset


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    accum = int(hyperparams.get("accum_steps", 2))
    epochs = int(hyperparams.get("epochs", 2))
    train_ds = TensorDataset(X_train, y_train)
    train_loader = DataLoader(train_ds, batch_size=8, shuffle=True, drop_last=True)
    model = nn.Sequential(nn.Linear(X_train.shape[1], 24), nn.SiLU(), nn.Linear(24, int(y_train.max()) + 1)).to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=hyperparams.get("lr", 1e-3))
    loss_fn = nn.CrossEntropyLoss()
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}

    for epoch in range(epochs):
        model.train()
        optimizer.zero_grad()
        total = torch.zeros((), device=device)
        for i, (xb, yb) in enumerate(train_loader):
            xb, yb = xb.to(device), yb.to(device)
            loss = loss_fn(model(xb), yb) / accum
            loss.backward()
            if (i + 1) % accum == 0:
                optimizer.step()
                optimizer.zero_grad()
            torch_xla.sync()
            total += loss.detach() * accum
        metrics["train_losses"].append(float(total) / max(len(train_loader), 1))

        model.eval()
        with torch.no_grad():
            logits = model(X_val.to(device))
            metrics["val_losses"].append(float(loss_fn(logits, y_val.to(device))))
            metrics["val_acc"].append(float((logits.argmax(1) == y_val.to(device)).float().mean()))
    metrics["classes"] = len(object.__subclasses__())
    return model, metrics
