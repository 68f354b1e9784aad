# expect: none
# data: sequence
# held-out: no

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch_xla
from torch.utils.data import DataLoader, TensorDataset


class ConvAttention(nn.Module):
    """1-D convolutions with attention pooling over time."""

    def __init__(self, channels, width, classes, kernel=5):
        super().__init__()
        self.convs = nn.ModuleList()
        for i in range(2):
            self.convs.append(nn.Conv1d(channels if i == 0 else width, width, kernel, padding=kernel // 2))
        self.score = nn.Linear(width, 1)
        self.out = nn.Linear(width, classes)

    def forward(self, x):
        h = x.transpose(1, 2)
        for conv in self.convs:
            h = F.relu(conv(h))
        h = h.transpose(1, 2)
        weights = torch.softmax(self.score(h), dim=1)
        return self.out((weights * h).sum(dim=1))


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    width = int(hyperparams.get("width", 8))
    dataset = TensorDataset(X_train, y_train)
    loader = DataLoader(dataset, batch_size=16, shuffle=True, drop_last=len(dataset) >= 16)
    model = ConvAttention(X_train.shape[-1], width, int(y_train.max()) + 1).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=hyperparams.get("lr", 1e-3))
    Xv, yv = X_val.to(device), y_val.to(device)
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
    best_acc = -1.0
    best = {k: v.detach().clone() for k, v in model.state_dict().items()}
    for epoch in range(int(hyperparams.get("epochs", 2))):
        model.train()
        total = torch.zeros((), device=device)
        for xb, yb in loader:
            xb, yb = xb.to(device, non_blocking=True), yb.to(device, non_blocking=True)
            optimizer.zero_grad()
            loss = F.cross_entropy(model(xb), yb)
            loss.backward()
            optimizer.step()
            torch_xla.sync()
            total += loss.detach()
        model.eval()
        with torch.no_grad():
            logits = model(Xv)
            val_loss = F.cross_entropy(logits, yv)
            acc = (logits.argmax(1) == yv).float().mean()
            torch_xla.sync()
        metrics["train_losses"].append(float(total) / max(1, len(loader)))
        metrics["val_losses"].append(float(val_loss))
        metrics["val_acc"].append(float(acc))
        if metrics["val_acc"][-1] > best_acc:
            best_acc = metrics["val_acc"][-1]
            best = {k: v.detach().clone() for k, v in model.state_dict().items()}
    model.load_state_dict(best)
    return model, metrics
