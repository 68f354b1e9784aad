# category: nan
# data: synthetic:sequence
# target: xla
# expect: training_code
# fails: smoke run, raised in contract: ContractError
# says: diverged|nan
# about: the distance of a row from itself is the root of 0, whose gradient is not finite
# twin-score: 1.000
# chance-score: 0.371
# mend: [".pow(2).sum(-1).sqrt()", ".pow(2).sum(-1).add(1e-6).sqrt()"]
# space: {"filters": {"default": 16, "type": "Categorical", "categories": [8, 16, 32]}, "spread_weight": {"default": 0.05, "type": "Real", "low": 0.0, "high": 0.5}, "lr": {"default": 0.005, "type": "Real", "low": 0.0005, "high": 0.05, "prior": "log-uniform"}, "epochs": {"default": 12, "type": "Integer", "low": 2, "high": 20}}

import torch
import torch.nn as nn
import torch_xla
from torch.utils.data import DataLoader, TensorDataset


class Encoder(nn.Module):
    def __init__(self, filters):
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv1d(2, filters, 9, padding=4),
            nn.ReLU(),
            nn.AvgPool1d(2),
            nn.Conv1d(filters, 2 * filters, 9, padding=4),
            nn.ReLU(),
            nn.AdaptiveAvgPool1d(1),
            nn.Flatten(),
        )
        self.classify = nn.Linear(2 * filters, 3)

    def embed(self, x):
        return self.net(x)

    def forward(self, x):
        return self.classify(self.embed(x))


def same_class_distance(z, y):
    """Mean distance between embeddings of one class: small where classes are compact."""
    distances = (z[:, None] - z[None]).pow(2).sum(-1).sqrt()
    same = (y[:, None] == y[None]).float()
    return (distances * same).sum() / same.sum()


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    weight = float(hyperparams.get("spread_weight", 0.05))
    epochs = int(hyperparams.get("epochs", 12))
    model = Encoder(int(hyperparams.get("filters", 16))).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=hyperparams.get("lr", 0.005))
    criterion = nn.CrossEntropyLoss()
    loader = DataLoader(TensorDataset(X_train, y_train), batch_size=32, shuffle=True, drop_last=True)
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
    val_x, val_y = X_val.to(device), y_val.to(device)
    for epoch in range(epochs):
        model.train()
        losses = []
        for xb, yb in loader:
            xb, yb = xb.to(device), yb.to(device)
            optimizer.zero_grad()
            z = model.embed(xb)
            loss = criterion(model.classify(z), yb) + weight * same_class_distance(z, yb)
            loss.backward()
            optimizer.step()
            torch_xla.sync()
            losses.append(loss.detach())
        model.eval()
        with torch.no_grad():
            logits = model(val_x)
            val_loss = criterion(logits, val_y)
            hits = (logits.argmax(1) == val_y).float().mean()
        torch_xla.sync()
        metrics["train_losses"].append(float(torch.stack(losses).mean()))
        metrics["val_losses"].append(float(val_loss))
        metrics["val_acc"].append(float(hits))
        print(f"epoch {epoch + 1}/{epochs} train_loss={metrics['train_losses'][-1]:.4f}")
    return model, metrics
