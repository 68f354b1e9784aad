# expect: XLA023 XLA024
# data: tabular
# held-out: yes

import torch
import torch.nn as nn
import torch_xla


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    X_train, y_train = X_train.to(device), y_train.to(device)
    X_val, y_val = X_val.to(device), y_val.to(device)
    batch_size = int(hyperparams.get("batch_size", 16))
    model = nn.Sequential(nn.Linear(X_train.shape[1], 16), nn.ReLU(), nn.Linear(16, int(y_train.max()) + 1)).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=hyperparams.get("lr", 1e-3))
    criterion = nn.CrossEntropyLoss()
    n = X_train.shape[0]
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
    for epoch in range(int(hyperparams.get("epochs", 2))):
        model.train()
        total = torch.zeros((), device=device)
        for i in range(0, n, batch_size):
            xb = X_train[i:i + batch_size]
            yb = y_train[i:i + batch_size]
            optimizer.zero_grad()
            loss = criterion(model(xb), yb)
            loss.backward()
            optimizer.step()
            torch_xla.sync()
            total += loss.detach()
        metrics["train_losses"].append(total.item() / max(1, n // batch_size))
        model.eval()
        with torch.no_grad():
            logits = model(X_val)
            metrics["val_losses"].append(criterion(logits, y_val).item())
            metrics["val_acc"].append((logits.argmax(1) == y_val).float().mean().item())
    return model, metrics
