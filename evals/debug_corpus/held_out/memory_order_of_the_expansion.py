# category: memory
# data: synthetic:tabular
# target: cpu
# expect: bo_config
# fails: smoke run, out_of_memory
# says: memory
# about: the default number of random features asks for a matrix of hundreds of megabytes
# limits: {"memory_mb": 450, "wall_s": 120}
# twin-score: 0.983
# chance-score: 0.367
# mend: ["\"default\": 1500000", "\"default\": 512"]
# space: {"n_features": {"default": 1500000, "type": "Integer", "low": 64, "high": 2000000, "prior": "log-uniform"}, "gamma": {"default": 0.15, "type": "Real", "low": 0.01, "high": 2.0, "prior": "log-uniform"}, "lr": {"default": 0.01, "type": "Real", "low": 0.0005, "high": 0.1, "prior": "log-uniform"}, "epochs": {"default": 20, "type": "Integer", "low": 5, "high": 40}}

import math

import torch
from torch import nn


class RandomFeatures(nn.Module):
    """A linear classifier over random cosines of the features."""

    def __init__(self, inputs, n_features, gamma, classes):
        super().__init__()
        self.register_buffer("omega", torch.randn(inputs, n_features) * math.sqrt(2 * gamma))
        self.register_buffer("phase", torch.rand(n_features) * 2 * math.pi)
        self.linear = nn.Linear(n_features, classes)

    def forward(self, x):
        z = torch.cos(x @ self.omega + self.phase) * math.sqrt(2 / self.linear.in_features)
        return self.linear(z)


def train_model(X_train, y_train, X_val, y_val, device, n_features=512, gamma=0.15, lr=0.01, epochs=20, **hyperparams):
    model = RandomFeatures(X_train.shape[1], int(n_features), gamma, 3).to(device)
    optimizer = torch.optim.Adam(model.linear.parameters(), lr=lr)
    criterion = nn.CrossEntropyLoss()
    x, y = X_train.to(device), y_train.to(device)
    out = {"train_losses": [], "val_losses": [], "val_acc": []}
    for epoch in range(epochs):
        model.train()
        losses = []
        for rows in torch.randperm(len(x)).split(128):
            optimizer.zero_grad()
            loss = criterion(model(x[rows]), y[rows])
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        model.eval()
        with torch.no_grad():
            answer = model(X_val.to(device)).cpu()
        out["train_losses"].append(sum(losses) / len(losses))
        out["val_losses"].append(criterion(answer, y_val).item())
        out["val_acc"].append((answer.argmax(1) == y_val).float().mean().item())
    return model, out
