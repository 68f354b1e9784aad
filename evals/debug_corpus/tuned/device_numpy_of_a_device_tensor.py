# category: device
# data: synthetic:tabular
# target: xla
# expect: training_code
# fails: smoke run, raised in call: TypeError
# says: can't convert xla:0 device type tensor to numpy
# about: predictions are handed to NumPy without being brought to the host
# twin-score: 0.975
# chance-score: 0.367
# mend: ["return np.asarray(outputs.argmax(1))", "return np.asarray(outputs.argmax(1).cpu())"]
# space: {"units": {"default": 40, "type": "Categorical", "categories": [24, 40, 64]}, "lr": {"default": 0.005, "type": "Real", "low": 0.0005, "high": 0.05, "prior": "log-uniform"}, "epochs": {"default": 15, "type": "Integer", "low": 3, "high": 30}}

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn as nn
import torch_xla
from torch.utils.data import DataLoader, TensorDataset


@dataclass
class Config:
    units: int = 40
    lr: float = 0.005
    epochs: int = 15


def labels_of(outputs):
    """Predicted classes as a NumPy array."""
    return np.asarray(outputs.argmax(1))


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    config = Config(**{name: value for name, value in hyperparams.items() if name in Config.__annotations__})
    net = nn.Sequential(
        nn.Linear(X_train.size(1), config.units), nn.BatchNorm1d(config.units), nn.SiLU(), nn.Linear(config.units, 3)
    ).to(device)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(net.parameters(), lr=config.lr)
    data = DataLoader(TensorDataset(X_train, y_train), batch_size=50, shuffle=True, drop_last=True)
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
    held_x, held_y = X_val.to(device), y_val.to(device)
    truth = y_val.numpy()
    for epoch in range(config.epochs):
        net.train()
        losses = []
        for xb, yb in data:
            xb, yb = xb.to(device), yb.to(device)
            optimizer.zero_grad()
            loss = criterion(net(xb), yb)
            loss.backward()
            optimizer.step()
            torch_xla.sync()
            losses.append(loss.detach())
        net.eval()
        with torch.no_grad():
            outputs = net(held_x)
            val_loss = criterion(outputs, held_y)
        torch_xla.sync()
        metrics["train_losses"].append(torch.stack(losses).mean().item())
        metrics["val_losses"].append(val_loss.item())
        metrics["val_acc"].append(float((labels_of(outputs) == truth).mean()))
    return net, metrics
