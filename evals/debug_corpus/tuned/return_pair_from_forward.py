# category: corrupted return
# data: synthetic:sequence
# target: xla
# expect: training_code
# fails: smoke run, raised in measure: ContractError
# says: forward must return one tensor
# about: the model answers its attention weights beside the logits
# twin-score: 0.989
# chance-score: 0.371
# mend: ["return self.head(summary), weights", "return self.head(summary)"]
# mend: ["logits, _ = model(xb)", "logits = model(xb)"]
# mend: ["logits, _ = model(x_val)", "logits = model(x_val)"]
# space: {"size": {"default": 16, "type": "Categorical", "categories": [8, 16, 24]}, "lr": {"default": 0.01, "type": "Real", "low": 0.001, "high": 0.05, "prior": "log-uniform"}, "epochs": {"default": 12, "type": "Integer", "low": 2, "high": 20}}

import torch
import torch.nn as nn
import torch_xla


class AttentivePool(nn.Module):
    """Convolutional features, weighed by a learnt attention over time."""

    def __init__(self, size):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv1d(2, size, 11, padding=5), nn.ReLU(), nn.Conv1d(size, size, 11, padding=5)
        )
        self.score = nn.Conv1d(size, 1, 1)
        self.head = nn.Sequential(nn.ReLU(), nn.Linear(size, 3))

    def forward(self, x):
        h = torch.relu(self.features(x))
        weights = torch.softmax(self.score(h), dim=2)
        summary = (h * weights).sum(dim=2)
        return self.head(summary), weights


def train_model(X_train, y_train, X_val, y_val, device, size=16, lr=0.01, epochs=12, **hyperparams):
    model = AttentivePool(size).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    criterion = nn.CrossEntropyLoss()
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
    x_val, labels = X_val.to(device), y_val.to(device)
    batch, count = 30, len(X_train) // 30
    for epoch in range(epochs):
        model.train()
        order = torch.randperm(len(X_train))
        total = torch.zeros((), device=device)
        for k in range(count):
            rows = order[k * batch : (k + 1) * batch]
            xb, yb = X_train[rows].to(device), y_train[rows].to(device)
            optimizer.zero_grad()
            logits, _ = model(xb)
            loss = criterion(logits, yb)
            loss.backward()
            optimizer.step()
            torch_xla.sync()
            total += loss.detach()
        model.eval()
        with torch.no_grad():
            logits, _ = model(x_val)
            val_loss = criterion(logits, labels)
            val_acc = (logits.argmax(1) == labels).float().mean()
        torch_xla.sync()
        metrics["train_losses"].append(float(total) / max(1, count))
        metrics["val_losses"].append(float(val_loss))
        metrics["val_acc"].append(float(val_acc))
        print(f"epoch {epoch + 1}/{epochs} val_acc={metrics['val_acc'][-1]:.3f}")
    return model, metrics
