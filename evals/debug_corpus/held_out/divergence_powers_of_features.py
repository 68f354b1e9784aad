# category: divergence
# data: synthetic:regression
# target: cpu
# expect: training_code bo_config
# fails: execution, raised in contract: ContractError
# says: diverged
# about: features are raised to the ninth power, unscaled, in front of gradient descent
# twin-score: 0.363
# chance-score: 0.000
# mend: ["range(1, DEGREE + 1)], dim=1)", "range(1, DEGREE + 1)], dim=1).tanh()"]
# space: {"lr": {"default": 0.01, "type": "Real", "low": 1e-06, "high": 0.1, "prior": "log-uniform"}, "epochs": {"default": 60, "type": "Integer", "low": 5, "high": 100}}

import torch
from torch import nn, optim

DEGREE = 9


class Polynomial(nn.Module):
    """A linear model of the powers of each feature."""

    def __init__(self, features):
        super().__init__()
        self.linear = nn.Linear(features * DEGREE, 1)

    def powers(self, x):
        return torch.cat([x**k for k in range(1, DEGREE + 1)], dim=1)

    def forward(self, x):
        return self.linear(self.powers(x))


def train_model(X_train, y_train, X_val, y_val, device, lr=0.01, epochs=60, **hyperparams):
    model = Polynomial(X_train.shape[1]).to(device)
    optimizer = optim.SGD(model.parameters(), lr=lr)
    lossfn = nn.MSELoss()
    y_train, y_val = y_train.view(-1, 1), y_val.view(-1, 1)
    metrics = {"train_losses": [], "val_losses": [], "val_metric": []}
    for epoch in range(epochs):
        batch_losses = []
        for rows in torch.randperm(len(X_train)).split(20):
            optimizer.zero_grad()
            loss = lossfn(model(X_train[rows].to(device)), y_train[rows].to(device))
            loss.backward()
            optimizer.step()
            batch_losses.append(loss.item())
        with torch.no_grad():
            val_loss = lossfn(model(X_val.to(device)), y_val.to(device)).item()
        metrics["train_losses"].append(sum(batch_losses) / len(batch_losses))
        metrics["val_losses"].append(val_loss)
        metrics["val_metric"].append(-val_loss)
    return model, metrics
