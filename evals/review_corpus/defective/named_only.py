# expect: TRN002
# data: tabular
# held-out: no

import logging

import torch
import torch.nn as nn
import torch_xla
from torch.utils.data import DataLoader, TensorDataset

logger = logging.getLogger(__name__)


def train_model(X_train, y_train, X_val, y_val, device, lr=1e-3, hidden=16, epochs=2, batch_size=16):
    """Hyperparameters are named; anything else is ignored."""
    train_loader = DataLoader(TensorDataset(X_train, y_train), batch_size=int(batch_size), shuffle=True, drop_last=True)
    model = nn.Sequential(nn.Linear(X_train.shape[1], int(hidden)), nn.ReLU(), nn.Linear(int(hidden), int(y_train.max()) + 1))
    model.to(device)
    optimizer = torch.optim.Adagrad(model.parameters(), lr=lr)
    criterion = nn.CrossEntropyLoss()
    train_losses, val_losses, val_acc = [], [], []
    for epoch in range(int(epochs)):
        model.train()
        seen = []
        for xb, yb in train_loader:
            with torch_xla.step():
                xb, yb = xb.to(device), yb.to(device)
                optimizer.zero_grad()
                loss = criterion(model(xb), yb)
                loss.backward()
                optimizer.step()
            seen.append(loss.detach())
        train_losses.append(torch.stack(seen).mean().item())
        model.eval()
        with torch.no_grad():
            logits = model(X_val.to(device))
        val_losses.append(criterion(logits, y_val.to(device)).item())
        val_acc.append((logits.argmax(1) == y_val.to(device)).float().mean().item())
        logger.info("epoch %d loss %.4f acc %.3f", epoch, train_losses[-1], val_acc[-1])
    return model, {"train_losses": train_losses, "val_losses": val_losses, "val_acc": val_acc}
