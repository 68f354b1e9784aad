# category: nan
# data: synthetic:tabular
# target: cpu
# expect: training_code
# fails: smoke run, raised in contract: ContractError
# says: diverged|nan
# about: a divergence of one-hot targets takes 0 · log 0, which is no number
# twin-score: 0.958
# chance-score: 0.367
# mend: ["target * (target.log() - log_p)", "target * (target.clamp(min=1e-8).log() - log_p)"]
# space: {"lr": {"default": 0.01, "type": "Real", "low": 0.001, "high": 0.1, "prior": "log-uniform"}, "epochs": {"default": 15, "type": "Integer", "low": 3, "high": 30}}

import torch
import torch.nn.functional as F
from torch import nn


class KLLoss(nn.Module):
    """Kullback-Leibler divergence of the targets from the predictions."""

    def forward(self, logits, labels):
        target = F.one_hot(labels, logits.shape[1]).float()
        log_p = F.log_softmax(logits, dim=1)
        return (target * (target.log() - log_p)).sum(1).mean()


class Trainer:
    def __init__(self, model, device, lr):
        self.model, self.device = model.to(device), device
        self.loss = KLLoss()
        self.optimizer = torch.optim.RMSprop(model.parameters(), lr=lr)

    def epoch(self, X, y):
        self.model.train()
        total = 0.0
        for rows in torch.randperm(len(X)).chunk(16):
            loss = self.loss(self.model(X[rows].to(self.device)), y[rows].to(self.device))
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            total += loss.item()
        return total / 16

    @torch.no_grad()
    def score(self, X, y):
        self.model.eval()
        logits = self.model(X.to(self.device))
        return self.loss(logits, y.to(self.device)).item(), (logits.argmax(1).cpu() == y).float().mean().item()


def train_model(X_train, y_train, X_val, y_val, device, lr=0.01, epochs=15, **hyperparams):
    trainer = Trainer(nn.Sequential(nn.Linear(12, 32), nn.ELU(), nn.Linear(32, 3)), device, lr)
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
    for _ in range(epochs):
        metrics["train_losses"].append(trainer.epoch(X_train, y_train))
        val_loss, val_acc = trainer.score(X_val, y_val)
        metrics["val_losses"].append(val_loss)
        metrics["val_acc"].append(val_acc)
    return trainer.model, metrics
