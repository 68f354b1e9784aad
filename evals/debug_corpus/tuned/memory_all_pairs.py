# category: memory
# data: synthetic:tabular
# target: cpu
# expect: training_code
# fails: execution, out_of_memory
# says: memory
# about: kernel features of all training rows against all rows and all scales at once need more than a gigabyte
# limits: {"memory_mb": 400, "wall_s": 120}
# twin-score: 0.950
# chance-score: 0.367
# mend: ["centers = X_train", "centers = X_train[torch.randperm(len(X_train))[:32]]"]
# space: {"lr": {"default": 0.02, "type": "Real", "low": 0.001, "high": 0.1, "prior": "log-uniform"}, "epochs": {"default": 12, "type": "Integer", "low": 2, "high": 30}}

import torch
from torch import nn

SCALES = 256


class KernelMachine(nn.Module):
    """A linear read-out of Gaussian bumps around centers, at many scales."""

    def __init__(self, centers):
        super().__init__()
        self.centers = nn.Parameter(centers.clone())
        self.scales = nn.Parameter(torch.linspace(-3, 1, SCALES))
        self.read = nn.Linear(len(centers), 3)

    def forward(self, x):
        apart = x[:, None, :] - self.centers[None, :, :]
        distance = apart.pow(2).sum(-1)
        bumps = torch.exp(-distance[:, :, None] * self.scales.exp()[None, None, :])
        return self.read(bumps.mean(-1))


def train_model(X_train, y_train, X_val, y_val, device, lr=0.02, epochs=12, **hyperparams):
    X_train, y_train, X_val, y_val = (part.to(device) for part in (X_train, y_train, X_val, y_val))
    centers = X_train
    model = KernelMachine(centers).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    loss_fn = nn.CrossEntropyLoss()
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
    for epoch in range(epochs):
        model.train()
        for _ in range(4):
            optimizer.zero_grad()
            loss = loss_fn(model(X_train), y_train)
            loss.backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            scores = model(X_val)
        metrics["train_losses"].append(loss.item())
        metrics["val_losses"].append(loss_fn(scores, y_val).item())
        metrics["val_acc"].append((scores.argmax(1) == y_val).float().mean().item())
    return model, metrics
