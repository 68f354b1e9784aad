# expect: TRN021 IMP001
# data: tabular
# held-out: no

import torch
import torch.nn.functional as F
from torch import nn
import torch_xla


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    """Full-batch softmax regression with L2."""
    Xt, yt = X_train.to(device), y_train.to(device)
    Xv, yv = X_val.to(device), y_val.to(device)
    mean, std = Xt.mean(0, keepdim=True), Xt.std(0, keepdim=True) + 1e-6
    Xt, Xv = (Xt - mean) / std, (Xv - mean) / std
    model = nn.Linear(Xt.shape[1], int(y_train.max()) + 1).to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=hyperparams.get("lr", 0.1), weight_decay=hyperparams.get("l2", 1e-4))
    train_losses, val_losses, accuracies = [], [], []
    for epoch in range(hyperparams.get("epochs", 5)):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(Xt), yt)
        loss.backward()
        optimizer.step()
        torch_xla.sync()
        with torch.no_grad():
            logits = model(Xv)
            val_losses.append(F.cross_entropy(logits, yv).item())
            accuracies.append((logits.argmax(1) == yv).float().mean().item())
        train_losses.append(loss.item())
    return model, {"train_losses": train_losses, "val_losses": val_losses, "val_acc": accuracies}


model, metrics = train_model(X_tr, y_tr, X_va, y_va, "cpu")
