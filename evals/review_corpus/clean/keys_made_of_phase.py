# expect: none
# data: tabular
# held-out: no

from collections import defaultdict

import torch
import torch_xla
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def train_model(X_train, y_train, X_val, y_val, device, lr=1e-2, epochs=2, **hyperparams):
    model = nn.Sequential(nn.Linear(X_train.shape[1], 16), nn.ReLU(), nn.Linear(16, int(y_train.max()) + 1)).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    criterion = nn.CrossEntropyLoss()
    loaders = {
        "train": DataLoader(TensorDataset(X_train, y_train), batch_size=16, shuffle=True, drop_last=True),
        "val": DataLoader(TensorDataset(X_val, y_val), batch_size=10, drop_last=True),
    }
    history = defaultdict(list)
    for epoch in range(epochs):
        for phase, loader in loaders.items():
            model.train(phase == "train")
            total, hits = torch.zeros((), device=device), torch.zeros((), device=device)
            with torch.set_grad_enabled(phase == "train"):
                for xb, yb in loader:
                    xb, yb = xb.to(device), yb.to(device)
                    optimizer.zero_grad()
                    logits = model(xb)
                    loss = criterion(logits, yb)
                    if phase == "train":
                        loss.backward()
                        optimizer.step()
                    torch_xla.sync()
                    total += loss.detach()
                    hits += (logits.argmax(1) == yb).float().mean()
            history[f"{phase}_losses"].append(float(total) / len(loader))
            history[phase + "_acc"].append(float(hits) / len(loader))
    return model, dict(history)
