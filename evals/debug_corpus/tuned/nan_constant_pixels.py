# category: nan
# data: digits
# target: cpu
# expect: training_code
# fails: smoke run, raised in contract: ContractError
# says: diverged|nan
# about: pixels that never change have no spread, and dividing by it gives 0/0
# twin-score: 0.967
# chance-score: 0.100
# mend: ["(x - self.mean) / self.spread", "(x - self.mean) / (self.spread + 1e-3)"]
# space: {"lr": {"default": 0.005, "type": "Real", "low": 0.0005, "high": 0.05, "prior": "log-uniform"}, "epochs": {"default": 6, "type": "Integer", "low": 2, "high": 15}, "dropout": {"default": 0.1, "type": "Real", "low": 0.0, "high": 0.5}}

import torch
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset


class PerPixel(nn.Module):
    """Standardises each pixel by its own statistics of the training images."""

    def __init__(self, images):
        super().__init__()
        self.register_buffer("mean", images.mean(0))
        self.register_buffer("spread", images.std(0))

    def forward(self, x):
        return (x - self.mean) / self.spread


def run_epoch(model, loader, criterion, device, optimizer=None):
    """Mean loss and accuracy; trains when it is given an optimizer."""
    model.train(optimizer is not None)
    loss_sum, right, count = 0.0, 0, 0
    with torch.set_grad_enabled(optimizer is not None):
        for x, y in loader:
            x, y = x.to(device), y.to(device)
            logits = model(x)
            loss = criterion(logits, y)
            if optimizer is not None:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            loss_sum += loss.item() * y.numel()
            right += (logits.argmax(1) == y).sum().item()
            count += y.numel()
    return loss_sum / count, right / count


def train_model(X_train, y_train, X_val, y_val, device, lr=0.005, epochs=6, dropout=0.1, **hyperparams):
    model = nn.Sequential(
        PerPixel(X_train), nn.Flatten(), nn.Linear(64, 64), nn.ReLU(), nn.Dropout(dropout), nn.Linear(64, 10)
    ).to(device)
    criterion, optimizer = nn.CrossEntropyLoss(), optim.Adam(model.parameters(), lr=lr)
    train_loader = DataLoader(TensorDataset(X_train, y_train), batch_size=64, shuffle=True, drop_last=True)
    val_loader = DataLoader(TensorDataset(X_val, y_val), batch_size=64)
    history = [
        (
            *run_epoch(model, train_loader, criterion, device, optimizer),
            *run_epoch(model, val_loader, criterion, device),
        )
        for _ in range(epochs)
    ]
    train_losses, _, val_losses, val_acc = (list(column) for column in zip(*history))
    return model, {"train_losses": train_losses, "val_losses": val_losses, "val_acc": val_acc}
