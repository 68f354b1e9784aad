# expect: XLA030
# data: regression
# held-out: no

import torch
import torch.nn as nn
import torch_xla
from torch.utils.data import DataLoader, TensorDataset


class Regressor(nn.Module):
    def __init__(self, d, hidden):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(d, hidden), nn.ReLU(), nn.Linear(hidden, 1))

    def forward(self, x):
        return self.body(x).squeeze(-1)


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    y_mean, y_std = y_train.mean(), y_train.std() + 1e-8
    y_scaled = (y_train - y_mean) / y_std
    y_val_scaled = (y_val - y_mean) / y_std
    train_loader = DataLoader(TensorDataset(X_train, y_scaled), batch_size=16, shuffle=True, drop_last=True)
    model = Regressor(X_train.shape[1], int(hyperparams.get("hidden", 16))).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=hyperparams.get("lr", 1e-2))
    criterion = nn.SmoothL1Loss()
    metrics = {"train_losses": [], "val_losses": [], "val_metric": []}
    for epoch in range(int(hyperparams.get("epochs", 3))):
        model.train()
        total = torch.tensor(0.0, device=device)
        for features, targets in train_loader:
            features, targets = features.to(device), targets.to(device)
            features = features - torch.median(features)
            optimizer.zero_grad()
            loss = criterion(model(features), targets)
            loss.backward()
            optimizer.step()
            torch_xla.sync()
            total += loss.detach()
        metrics["train_losses"].append(total.item() / max(len(train_loader), 1))
        model.eval()
        with torch.inference_mode():
            pred = model(X_val.to(device)).cpu()
        metrics["val_losses"].append(criterion(pred, y_val_scaled).item())
        ss_res = ((pred - y_val_scaled) ** 2).sum()
        ss_tot = ((y_val_scaled - y_val_scaled.mean()) ** 2).sum() + 1e-8
        metrics["val_metric"].append(float(1 - ss_res / ss_tot))
    return model, metrics
