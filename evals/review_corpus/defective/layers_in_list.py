# expect: TRN023
# data: tabular
# held-out: no

from dataclasses import dataclass, field

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch_xla


@dataclass
class Config:
    lr: float = 1e-3
    hidden: int = 16
    epochs: int = 2
    batch_size: int = 16
    extra: dict = field(default_factory=dict)


class ResidualBlock(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.norm = nn.LayerNorm(dim)
        self.fc = nn.Linear(dim, dim)

    def forward(self, x):
        return x + F.gelu(self.fc(self.norm(x)))


class ResNet(nn.Module):
    def __init__(self, in_dim, hidden, classes, depth=2):
        super().__init__()
        self.stem = nn.Linear(in_dim, hidden)
        self.blocks = [ResidualBlock(hidden) for _ in range(depth)]
        self.head = nn.Linear(hidden, classes)

    def forward(self, x):
        x = self.stem(x)
        for block in self.blocks:
            x = block(x)
        return self.head(x)


class Trainer:
    def __init__(self, model, config, device):
        self.device = device
        self.config = config
        self.model = model.to(device)
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=config.lr)
        self.metrics = {"train_losses": [], "val_losses": [], "val_acc": []}

    def fit(self, X, y):
        self.model.train()
        order = torch.randperm(len(X))
        size = self.config.batch_size
        total = torch.zeros((), device=self.device)
        batches = 0
        for start in range(0, max(len(X) - size + 1, 1), size):
            rows = order[start:start + size]
            xb, yb = X[rows].to(self.device), y[rows].to(self.device)
            self.optimizer.zero_grad()
            loss = F.cross_entropy(self.model(xb), yb)
            loss.backward()
            self.optimizer.step()
            torch_xla.sync()
            total += loss.detach()
            batches += 1
        self.metrics["train_losses"].append(total.item() / batches)

    @torch.no_grad()
    def score(self, X, y):
        self.model.eval()
        logits = self.model(X.to(self.device))
        y = y.to(self.device)
        self.metrics["val_losses"].append(F.cross_entropy(logits, y).item())
        self.metrics["val_acc"].append((logits.argmax(1) == y).float().mean().item())


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    known = {k: v for k, v in hyperparams.items() if k in Config.__dataclass_fields__}
    config = Config(**known)
    trainer = Trainer(ResNet(X_train.shape[1], config.hidden, int(y_train.max()) + 1), config, device)
    for epoch in range(config.epochs):
        trainer.fit(X_train, y_train)
        trainer.score(X_val, y_val)
    return trainer.model, trainer.metrics
