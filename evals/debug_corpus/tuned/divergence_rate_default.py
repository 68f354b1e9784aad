# category: divergence
# data: synthetic:regression
# target: cpu
# expect: bo_config
# fails: smoke run, raised in contract: ContractError
# says: diverged
# about: a default learning rate of 3 for plain gradient descent on squared errors
# twin-score: 0.678
# chance-score: 0.000
# mend: ["\"default\": 3.0", "\"default\": 0.02"]
# space: {"learning_rate": {"default": 3.0, "type": "Real", "low": 0.0001, "high": 10.0, "prior": "log-uniform"}, "hidden_units": {"default": 48, "type": "Integer", "low": 16, "high": 96}, "epochs": {"default": 40, "type": "Integer", "low": 5, "high": 80}}

import torch
from torch import nn


class Regressor(nn.Module):
    def __init__(self, inputs, hidden_units, mean, std):
        super().__init__()
        self.body = nn.Sequential(
            nn.Linear(inputs, hidden_units),
            nn.ReLU(),
            nn.Linear(hidden_units, hidden_units),
            nn.ReLU(),
            nn.Linear(hidden_units, 1),
        )
        self.mean, self.std = nn.Parameter(mean, requires_grad=False), nn.Parameter(std, requires_grad=False)

    def forward(self, x):
        return self.body(x).squeeze(-1) * self.std + self.mean


def train_model(X_train, y_train, X_val, y_val, device, learning_rate=0.02, hidden_units=48, epochs=40, **hyperparams):
    model = Regressor(X_train.shape[1], int(hidden_units), y_train.mean(), y_train.std()).to(device)
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=learning_rate)
    x_train, t_train = X_train.to(device), y_train.to(device)
    x_val, t_val = X_val.to(device), y_val.to(device)
    scale = t_train.var()
    metrics = {"train_losses": [], "val_losses": [], "val_metric": []}
    for epoch in range(epochs):
        epoch_losses = []
        for rows in torch.randperm(len(x_train)).split(16):
            loss = ((model(x_train[rows]) - t_train[rows]) ** 2).mean() / scale
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            epoch_losses.append(loss.item())
        with torch.no_grad():
            held_out = ((model(x_val) - t_val) ** 2).mean() / scale
        metrics["train_losses"].append(sum(epoch_losses) / len(epoch_losses))
        metrics["val_losses"].append(held_out.item())
        metrics["val_metric"].append(1.0 - held_out.item())
        print(f"epoch {epoch + 1}/{epochs} train_loss={metrics['train_losses'][-1]:.4f}")
    return model, metrics
