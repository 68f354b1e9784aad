# expect: IMP005
# data: tabular
# held-out: no

import torch
import torch.nn as nn
import torch_xla
from torch.nn.quantization import DeQuantStub, QuantStub
from torch.utils.data import DataLoader, TensorDataset


class Quantizable(nn.Module):
    def __init__(self, features, classes, hidden):
        super().__init__()
        self.quant, self.dequant = QuantStub(), DeQuantStub()
        self.body = nn.Sequential(nn.Linear(features, hidden), nn.ReLU(), nn.Linear(hidden, classes))

    def forward(self, x):
        return self.dequant(self.body(self.quant(x)))


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    model = Quantizable(X_train.shape[1], int(y_train.max()) + 1, hyperparams.get("hidden", 16)).to(device)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=hyperparams.get("lr", 1e-2))
    loader = DataLoader(TensorDataset(X_train, y_train), batch_size=16, shuffle=True, drop_last=True)
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
    for _ in range(int(hyperparams.get("epochs", 2))):
        model.train()
        total = torch.zeros((), device=device)
        for xb, yb in loader:
            xb, yb = xb.to(device), yb.to(device)
            optimizer.zero_grad()
            loss = criterion(model(xb), yb)
            loss.backward()
            optimizer.step()
            torch_xla.sync()
            total += loss.detach()
        model.eval()
        with torch.no_grad():
            logits = model(X_val.to(device))
            metrics["val_losses"].append(float(criterion(logits, y_val.to(device))))
            metrics["val_acc"].append(float((logits.argmax(1).cpu() == y_val).float().mean()))
        metrics["train_losses"].append(float(total) / max(1, len(loader)))
    return model, metrics
