# category: divergence
# data: synthetic:sequence
# target: cpu
# expect: training_code
# fails: smoke run, raised in contract: ContractError
# says: diverged|nan
# about: a recurrence of rectified units whose weights start many times too large overflows within 64 steps
# twin-score: 0.989
# chance-score: 0.371
# mend: ["nn.init.normal_(self.recur.weight, std=1.2)", "nn.init.eye_(self.recur.weight)"]
# space: {"state": {"default": 48, "type": "Integer", "low": 16, "high": 64}, "lr": {"default": 0.001, "type": "Real", "low": 0.0001, "high": 0.01, "prior": "log-uniform"}, "epochs": {"default": 20, "type": "Integer", "low": 2, "high": 40}}

import torch
from torch import Tensor, nn


class ReluRNN(nn.Module):
    """A plain recurrence (Le et al. 2015), read by a linear layer at its end."""

    def __init__(self, channels: int, state: int, classes: int) -> None:
        super().__init__()
        self.enter = nn.Linear(channels, state)
        self.recur = nn.Linear(state, state, bias=False)
        nn.init.normal_(self.recur.weight, std=1.2)
        self.leave = nn.Linear(2 * state, classes)

    def forward(self, x: Tensor) -> Tensor:
        steps = self.enter(x.transpose(1, 2))
        h = torch.zeros_like(steps[:, 0])
        total = h
        for t in range(steps.shape[1]):
            h = torch.relu(steps[:, t] + self.recur(h))
            total = total + h
        return self.leave(torch.cat([h, total / steps.shape[1]], dim=1))


def train_model(X_train: Tensor, y_train: Tensor, X_val: Tensor, y_val: Tensor, device, **hyperparams):
    epochs = int(hyperparams.get("epochs", 20))
    model = ReluRNN(X_train.shape[1], int(hyperparams.get("state", 48)), 3).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=float(hyperparams.get("lr", 1e-3)))
    criterion = nn.CrossEntropyLoss()
    metrics: dict[str, list[float]] = {"train_losses": [], "val_losses": [], "val_acc": []}
    for epoch in range(epochs):
        model.train()
        train_loss = 0.0
        batches = torch.randperm(len(X_train)).split(32)
        for rows in batches:
            optimizer.zero_grad()
            loss = criterion(model(X_train[rows].to(device)), y_train[rows].to(device))
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            train_loss += loss.item() / len(batches)
        model.eval()
        with torch.inference_mode():
            logits = model(X_val.to(device))
            metrics["val_losses"].append(criterion(logits, y_val.to(device)).item())
            metrics["val_acc"].append((logits.argmax(1) == y_val.to(device)).float().mean().item())
        metrics["train_losses"].append(train_loss)
    return model, metrics
