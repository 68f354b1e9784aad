# category: constraint
# data: synthetic:image
# target: cpu
# expect: training_code
# fails: size limit
# says: KB is the limit
# about: a bank of past embeddings, used for a contrastive loss only, is saved with the model
# size-limit-kb: 96
# twin-score: 1.000
# chance-score: 0.281
# mend: ["self.register_buffer(\"bank\", torch.zeros(BANK, 32))", "self.register_buffer(\"bank\", torch.zeros(BANK, 32), persistent=False)"]
# space: {"weight": {"default": 0.1, "type": "Real", "low": 0.0, "high": 1.0}, "lr": {"default": 0.005, "type": "Real", "low": 0.0005, "high": 0.05, "prior": "log-uniform"}, "epochs": {"default": 12, "type": "Integer", "low": 2, "high": 20}}

import torch
import torch.nn.functional as F
from torch import nn

BANK = 4096


class Contrastive(nn.Module):
    def __init__(self):
        super().__init__()
        self.encode = nn.Sequential(
            nn.Conv2d(1, 12, 5, padding=2),
            nn.ReLU(),
            nn.Conv2d(12, 24, 3, padding=1),
            nn.ReLU(),
            nn.AdaptiveMaxPool2d(1),
            nn.Flatten(),
            nn.Linear(24, 32),
        )
        self.head = nn.Linear(32, 4)
        self.register_buffer("bank", torch.zeros(BANK, 32))
        self.register_buffer("owner", torch.full((BANK,), -1), persistent=False)
        self.place = 0

    def forward(self, x):
        return self.head(F.relu(self.encode(x)))

    def remember(self, z, y):
        rows = torch.arange(self.place, self.place + len(z)) % BANK
        self.bank[rows], self.owner[rows] = F.normalize(z.detach(), dim=1), y
        self.place = (self.place + len(z)) % BANK

    def attraction(self, z, y):
        """How far embeddings are from remembered ones of their class."""
        near = F.normalize(z, dim=1) @ self.bank.T
        same = (y[:, None] == self.owner[None]).float()
        return 1 - (near * same).sum() / same.sum().clamp(min=1)


def train_model(X_train, y_train, X_val, y_val, device, weight=0.1, lr=0.005, epochs=12, **hyperparams):
    model = Contrastive().to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
    for _ in range(epochs):
        model.train()
        total, count = 0.0, 0
        for rows in torch.randperm(len(X_train)).split(30):
            x, y = X_train[rows].to(device), y_train[rows].to(device)
            z = model.encode(x)
            loss = F.cross_entropy(model.head(F.relu(z)), y) + weight * model.attraction(z, y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            model.remember(z, y)
            total, count = total + loss.item(), count + 1
        model.eval()
        with torch.no_grad():
            logits = model(X_val.to(device)).cpu()
        metrics["train_losses"].append(total / count)
        metrics["val_losses"].append(F.cross_entropy(logits, y_val).item())
        metrics["val_acc"].append((logits.argmax(1) == y_val).float().mean().item())
    return model, metrics
