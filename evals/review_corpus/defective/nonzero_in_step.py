# expect: XLA020
# data: tabular
# held-out: yes

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch_xla
from torch.utils.data import DataLoader, TensorDataset


class FocalLoss(nn.Module):
    """Cross entropy that looks away from easy samples."""

    def __init__(self, gamma=2.0):
        super().__init__()
        self.gamma = gamma

    def forward(self, logits, target):
        ce = F.cross_entropy(logits, target, reduction="none")
        pt = torch.exp(-ce)
        return ((1 - pt) ** self.gamma * ce).mean()


class Gate(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.lin = nn.Linear(d, d)

    def forward(self, x):
        return x * torch.sigmoid(self.lin(x))


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    model = nn.Sequential(
        Gate(X_train.shape[1]), nn.Linear(X_train.shape[1], 16), nn.ReLU(), nn.Linear(16, int(y_train.max()) + 1)
    ).to(device)
    criterion = FocalLoss(hyperparams.get("gamma", 2.0))
    optimizer = torch.optim.Adam(model.parameters(), lr=hyperparams.get("lr", 1e-3))
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5)
    train_loader = DataLoader(TensorDataset(X_train, y_train), batch_size=16, shuffle=True, drop_last=True)
    val_loader = DataLoader(TensorDataset(X_val, y_val), batch_size=16)
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
    for epoch in range(int(hyperparams.get("epochs", 2))):
        model.train()
        losses = []
        for i, batch in enumerate(train_loader):
            features, labels = (t.to(device) for t in batch)
            optimizer.zero_grad()
            rows = torch.nonzero(labels > 0).squeeze(1)
            loss = criterion(model(features), labels) + 0.0 * rows.float().sum()
            loss.backward()
            optimizer.step()
            torch_xla.sync()
            losses.append(loss.detach())
        scheduler.step()
        metrics["train_losses"].append(torch.stack(losses).mean().item())
        model.eval()
        outputs = []
        with torch.no_grad():
            for features, _ in val_loader:
                outputs.append(model(features.to(device)).cpu())
        logits = torch.cat(outputs)
        metrics["val_losses"].append(criterion(logits, y_val).item())
        metrics["val_acc"].append((logits.argmax(1) == y_val).float().mean().item())
    return model, metrics
