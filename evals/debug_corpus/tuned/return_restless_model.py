# category: corrupted return
# data: synthetic:regression
# target: cpu
# expect: training_code
# fails: smoke run, raised in export: ContractError
# says: answers differently|changes with the other rows
# about: noise is added to the features whether the model trains or answers, so that no two answers are alike
# twin-score: 0.752
# chance-score: 0.000
# mend: ["x = x + self.noise * torch.randn_like(x)", "x = x + self.noise * torch.randn_like(x) if self.training else x"]
# space: {"noise": {"default": 0.1, "type": "Real", "low": 0.0, "high": 0.5}, "lr": {"default": 0.01, "type": "Real", "low": 0.001, "high": 0.05, "prior": "log-uniform"}, "epochs": {"default": 30, "type": "Integer", "low": 5, "high": 60}}

import torch
from torch import nn


class NoisyRegressor(nn.Module):
    def __init__(self, features, noise, mean, std):
        super().__init__()
        self.noise = noise
        self.net = nn.Sequential(nn.Linear(features, 64), nn.SiLU(), nn.Linear(64, 32), nn.SiLU(), nn.Linear(32, 1))
        self.register_buffer("mean", mean)
        self.register_buffer("std", std)

    def forward(self, x):
        x = x + self.noise * torch.randn_like(x)
        return self.net(x) * self.std + self.mean


def train_model(X_train, y_train, X_val, y_val, device, noise=0.1, lr=0.01, epochs=30, **hyperparams):
    y_train, y_val = y_train.reshape(-1, 1).to(device), y_val.reshape(-1, 1).to(device)
    X_train, X_val = X_train.to(device), X_val.to(device)
    model = NoisyRegressor(X_train.shape[1], noise, y_train.mean(), y_train.std()).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=10, gamma=0.5)
    train_losses, val_losses, val_metric = [], [], []
    for _ in range(epochs):
        model.train()
        epoch_loss = 0.0
        order = torch.randperm(len(X_train)).split(32)
        for rows in order:
            loss = nn.functional.huber_loss(model(X_train[rows]), y_train[rows], delta=3.0)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            epoch_loss += loss.item() / len(order)
        scheduler.step()
        model.eval()
        with torch.no_grad():
            error = nn.functional.mse_loss(model(X_val), y_val).item()
        train_losses.append(epoch_loss)
        val_losses.append(error)
        val_metric.append(1 - error / y_val.var().item())
    return model, {"train_losses": train_losses, "val_losses": val_losses, "val_metric": val_metric}
