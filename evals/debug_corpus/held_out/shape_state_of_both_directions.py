# category: shape
# data: synthetic:sequence
# target: cpu
# expect: training_code
# fails: smoke run, raised in call: RuntimeError
# says: mat1 and mat2 shapes cannot be multiplied
# about: a bidirectional GRU gives twice its hidden size, and the head is sized for one direction
# twin-score: 0.989
# chance-score: 0.371
# mend: ["self.head = nn.Linear(hidden, 3)", "self.head = nn.Linear(2 * hidden, 3)"]
# space: {"hidden": {"default": 24, "type": "Integer", "low": 8, "high": 48}, "lr": {"default": 0.01, "type": "Real", "low": 0.001, "high": 0.03, "prior": "log-uniform"}, "epochs": {"default": 10, "type": "Integer", "low": 2, "high": 20}}

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset


class BiGRU(nn.Module):
    def __init__(self, channels, hidden):
        super().__init__()
        self.patch = nn.Conv1d(channels, hidden, kernel_size=4, stride=4)
        self.rnn = nn.GRU(hidden, hidden, batch_first=True, bidirectional=True)
        self.head = nn.Linear(hidden, 3)

    def forward(self, x):
        steps = self.patch(x).permute(0, 2, 1)
        outputs, _ = self.rnn(steps)
        return self.head(outputs.mean(dim=1))


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    hidden = int(hyperparams.get("hidden", 24))
    epochs = int(hyperparams.get("epochs", 10))
    model = BiGRU(X_train.size(1), hidden).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=hyperparams.get("lr", 0.01))
    loader = DataLoader(TensorDataset(X_train, y_train), batch_size=30, shuffle=True, drop_last=True)
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
    for epoch in range(epochs):
        model.train()
        train_loss = 0
        for data, target in loader:
            data, target = data.to(device), target.to(device)
            optimizer.zero_grad()
            loss = F.cross_entropy(model(data), target)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            train_loss += loss.item()
        model.eval()
        with torch.no_grad():
            output = model(X_val.to(device))
            metrics["val_losses"].append(F.cross_entropy(output, y_val.to(device)).item())
            metrics["val_acc"].append(output.argmax(dim=1).eq(y_val.to(device)).float().mean().item())
        metrics["train_losses"].append(train_loss / len(loader))
    return model, metrics
