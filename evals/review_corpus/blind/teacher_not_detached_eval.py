# expect: TRN012 TRN011
# data: tabular
# held-out: blind

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch_xla
from torch.utils.data import DataLoader, TensorDataset


class Net(nn.Module):
    def __init__(self, d, k):
        super().__init__()
        self.seq = nn.Sequential(nn.Linear(d, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Dropout(0.3), nn.Linear(32, k))

    def forward(self, x):
        return self.seq(x)


def validate(model, X, y):
    logits = model(X)
    return F.cross_entropy(logits, y).item(), (logits.argmax(1) == y).float().mean().item()


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    model = Net(X_train.shape[1], int(y_train.max()) + 1).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=hyperparams.get("lr", 1e-3))
    loader = DataLoader(TensorDataset(X_train, y_train), batch_size=16, shuffle=True, drop_last=True)
    Xv, yv = X_val.to(device), y_val.to(device)
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
    for epoch in range(int(hyperparams.get("epochs", 2))):
        model.train()
        ls = []
        for x, y in loader:
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
            torch_xla.sync()
            ls.append(loss.detach())
        metrics["train_losses"].append(torch.stack(ls).mean().item())
        vl, va = validate(model, Xv, yv)
        metrics["val_losses"].append(vl)
        metrics["val_acc"].append(va)
    return model, metrics
