# expect: XLA016
# data: binary
# held-out: no

import torch
import torch.nn as nn
import torch_xla
from torch.utils.data import DataLoader, TensorDataset


class BinaryNet(nn.Module):
    def __init__(self, d, hidden):
        super().__init__()
        self.hidden = nn.Linear(d, hidden)
        self.out = nn.Linear(hidden, 1)

    def forward(self, x):
        return self.out(torch.tanh(self.hidden(x))).squeeze(1)


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    y_train_f, y_val_f = y_train.float(), y_val.float()
    pos = y_train_f.sum()
    pos_weight = ((len(y_train_f) - pos) / pos.clamp(min=1)).to(device)
    loader = DataLoader(TensorDataset(X_train, y_train_f), batch_size=16, shuffle=True, drop_last=True)
    model = BinaryNet(X_train.shape[1], hyperparams.get("hidden", 8)).to(device)
    criterion = nn.BCEWithLogitsLoss(pos_weight=pos_weight)
    optimizer = torch.optim.Adam(model.parameters(), lr=hyperparams.get("lr", 1e-2))
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
    for epoch in range(int(hyperparams.get("epochs", 2))):
        model.train()
        total = 0.0
        for xb, yb in loader:
            xb, yb = xb.to(device), yb.to(device)
            optimizer.zero_grad()
            xb = xb + 0.01 * torch.randn(xb.shape).to(device)
            loss = criterion(model(xb), yb)
            loss.backward()
            optimizer.step()
            torch_xla.sync()
            total = total + loss.detach()
        metrics["train_losses"].append(float(total) / max(1, len(loader)))
        model.eval()
        with torch.no_grad():
            logits = model(X_val.to(device))
            target = y_val_f.to(device)
            metrics["val_losses"].append(float(criterion(logits, target)))
            predicted = (torch.sigmoid(logits) > 0.5).float()
            metrics["val_acc"].append(float((predicted == target).float().mean()))
    return model, metrics
