# expect: NUM004
# data: tabular
# held-out: no

import torch
import torch.nn as nn
import torch_xla
from torch.utils.data import DataLoader, TensorDataset


class MLP(nn.Module):
    """Two hidden layers with dropout."""

    def __init__(self, in_features, hidden, num_classes, dropout):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(in_features, hidden),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(hidden, hidden // 2),
            nn.ReLU(),
            nn.Linear(hidden // 2, num_classes),
        )

    def forward(self, x):
        return self.net(x)


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    lr = hyperparams.get("lr", 1e-3)
    epochs = int(hyperparams.get("epochs", 3))
    batch_size = int(hyperparams.get("batch_size", 16))
    num_classes = int(max(y_train.max(), y_val.max())) + 1

    train_loader = DataLoader(TensorDataset(X_train, y_train), batch_size=batch_size, shuffle=True, drop_last=True)
    val_loader = DataLoader(TensorDataset(X_val, y_val), batch_size=batch_size)

    model = MLP(X_train.shape[1], hyperparams.get("hidden", 32), num_classes, hyperparams.get("dropout", 0.1)).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    criterion = nn.NLLLoss()
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}

    for epoch in range(epochs):
        model.train()
        running = torch.zeros((), device=device)
        for xb, yb in train_loader:
            xb = xb.to(device)
            yb = yb.to(device)
            optimizer.zero_grad()
            loss = criterion(model(xb), yb)
            loss.backward()
            optimizer.step()
            torch_xla.sync()
            running += loss.detach()
        metrics["train_losses"].append(running.item() / max(len(train_loader), 1))

        model.eval()
        val_loss, correct = 0.0, 0
        with torch.no_grad():
            for xb, yb in val_loader:
                xb, yb = xb.to(device), yb.to(device)
                logits = model(xb)
                val_loss += criterion(logits, yb).item() * len(yb)
                correct += (logits.argmax(dim=1) == yb).sum().item()
        metrics["val_losses"].append(val_loss / len(X_val))
        metrics["val_acc"].append(correct / len(X_val))
    return model, metrics
