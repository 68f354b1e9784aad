# expect: TRN022
# data: tabular
# held-out: no

import numpy as np
import torch
import torch.nn as nn
import torch_xla
from torch.utils.data import DataLoader, TensorDataset


def to_tensor(a, dtype):
    if isinstance(a, np.ndarray):
        a = torch.from_numpy(a)
    return a.to(dtype)


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    X_train, X_val = to_tensor(X_train, torch.float32), to_tensor(X_val, torch.float32)
    y_train, y_val = to_tensor(y_train, torch.long), to_tensor(y_val, torch.long)
    classes, counts = torch.unique(y_train, return_counts=True)
    weights = (counts.sum() / (len(classes) * counts.float())).to(device)

    train_loader = DataLoader(TensorDataset(X_train, y_train), batch_size=16, shuffle=True, drop_last=True)
    val_loader = DataLoader(TensorDataset(X_val, y_val), batch_size=16)
    model = nn.Sequential(
        nn.Linear(X_train.shape[1], 32),
        nn.LeakyReLU(0.1),
        nn.Linear(32, len(classes)),
    )
    model = model.to(device)
    criterion = nn.CrossEntropyLoss(weight=weights)
    optimizer = torch.optim.Adam(model.parameters(), lr=hyperparams.get("lr", 1e-3), betas=(0.9, 0.98))

    train_losses, val_losses, val_accs = [], [], []
    for epoch in range(int(hyperparams.get("num_epochs", 2))):
        model.train()
        batch_losses = []
        for batch_x, batch_y in train_loader:
            batch_x, batch_y = batch_x.to(device), batch_y.to(device)
            logits = model(batch_x)
            loss = criterion(logits, batch_y)
            loss.backward()
            optimizer.zero_grad()
            optimizer.step()
            torch_xla.sync()
            batch_losses.append(loss.detach())
        train_losses.append(torch.stack(batch_losses).mean().cpu().item())

        model.eval()
        correct = total = 0
        val_loss = 0.0
        with torch.no_grad():
            for batch_x, batch_y in val_loader:
                batch_x, batch_y = batch_x.to(device), batch_y.to(device)
                logits = model(batch_x)
                val_loss += criterion(logits, batch_y).item()
                correct += logits.argmax(1).eq(batch_y).sum().item()
                total += batch_y.numel()
        val_losses.append(val_loss / len(val_loader))
        val_accs.append(correct / total)
    return model, {"train_losses": train_losses, "val_losses": val_losses, "val_acc": val_accs}
