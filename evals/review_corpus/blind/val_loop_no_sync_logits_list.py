# expect: XLA002
# data: sequence
# held-out: blind

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch_xla
from torch.utils.data import DataLoader, TensorDataset


class ConvNet(nn.Module):
    def __init__(self, c, k):
        super().__init__()
        self.c = nn.Conv1d(c, 8, 5, padding=2)
        self.f = nn.Linear(8, k)

    def forward(self, x):
        return self.f(F.relu(self.c(x.transpose(1, 2))).mean(-1))


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    model = ConvNet(X_train.shape[2], int(y_train.max()) + 1).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=hyperparams.get("lr", 1e-3))
    train_loader = DataLoader(TensorDataset(X_train, y_train), batch_size=16, shuffle=True, drop_last=True)
    val_loader = DataLoader(TensorDataset(X_val, y_val), batch_size=10)
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
    for _ in range(int(hyperparams.get("epochs", 2))):
        model.train()
        ls = []
        for x, y in train_loader:
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
            torch_xla.sync()
            ls.append(loss.detach())
        metrics["train_losses"].append(torch.stack(ls).mean().item())
        model.eval()
        collected, truths = [], []
        with torch.no_grad():
            for x, y in val_loader:
                collected.append(model(x.to(device)))
                truths.append(y)
        logits, truth = torch.cat(collected).cpu(), torch.cat(truths)
        metrics["val_losses"].append(F.cross_entropy(logits, truth).item())
        metrics["val_acc"].append((logits.argmax(1) == truth).float().mean().item())
    return model, metrics
