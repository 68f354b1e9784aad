# category: wrong key
# data: synthetic:regression
# target: cpu
# expect: training_code
# fails: smoke run, raised in contract: ContractError
# says: metrics lacks 'train_losses'
# about: the history is kept under names put together from the phase, which are not those of the contract
# twin-score: 0.695
# chance-score: 0.000
# mend: ["history[f\"{phase}_loss\"]", "history[f\"{phase}_losses\"]"]
# space: {"rate": {"default": 0.005, "type": "Real", "low": 0.0005, "high": 0.05, "prior": "log-uniform"}, "epochs": {"default": 40, "type": "Integer", "low": 5, "high": 60}}

from collections import defaultdict

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class MaxoutRegressor(nn.Module):
    def __init__(self, features, pieces=4, width=24):
        super().__init__()
        self.first = nn.Linear(features, pieces * width)
        self.second = nn.Linear(width, 1)
        self.pieces = pieces

    def forward(self, x):
        hidden = self.first(x).unflatten(1, (self.pieces, -1)).amax(1)
        return self.second(hidden)


def train_model(X_train, y_train, X_val, y_val, device, rate=0.005, epochs=40, **hyperparams):
    model = MaxoutRegressor(X_train.shape[1]).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=rate)
    criterion = nn.SmoothL1Loss()
    loaders = {
        "train": DataLoader(TensorDataset(X_train, y_train[:, None]), batch_size=32, shuffle=True, drop_last=True),
        "val": DataLoader(TensorDataset(X_val, y_val[:, None]), batch_size=32),
    }
    history = defaultdict(list)
    for epoch in range(epochs):
        for phase, loader in loaders.items():
            model.train(phase == "train")
            total, rows = 0.0, 0
            with torch.set_grad_enabled(phase == "train"):
                for x, y in loader:
                    loss = criterion(model(x.to(device)), y.to(device))
                    if phase == "train":
                        optimizer.zero_grad()
                        loss.backward()
                        optimizer.step()
                    total, rows = total + loss.item() * len(x), rows + len(x)
            history[f"{phase}_loss"].append(total / rows)
        history["val_metric"].append(-total / rows)
    return model, dict(history)
