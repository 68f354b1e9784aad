"""A small XLA-correct CNN with batch normalisation, for (channels, height, width) images."""

import torch
import torch_xla
import torch_xla.core.xla_model as xm
from torch import nn


class Net(nn.Module):
    def __init__(self, channels, size, width, classes):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(channels, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU(), nn.MaxPool2d(2)
        )
        self.head = nn.Linear(width * (size // 2) ** 2, classes)

    def forward(self, x):
        return self.head(self.features(x).flatten(1))


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    epochs = int(hyperparams.get("epochs", 5))
    batch = min(int(hyperparams.get("batch_size", 64)), len(X_train))
    width = int(hyperparams.get("hidden_size", 32))
    classes = int(max(y_train.max(), y_val.max())) + 1
    model = Net(X_train.shape[1], X_train.shape[2], width, classes).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=float(hyperparams.get("lr", 1e-2)))
    loss_function = nn.CrossEntropyLoss()
    X_held, y_held = X_val.to(device), y_val.to(device)
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
    for epoch in range(epochs):
        model.train()
        order = torch.randperm(len(X_train))
        losses = []
        for start in range(0, len(X_train) - batch + 1, batch):
            rows = order[start : start + batch]
            optimizer.zero_grad()
            loss = loss_function(model(X_train[rows].to(device)), y_train[rows].to(device))
            loss.backward()
            xm.optimizer_step(optimizer) if device.type == "xla" else optimizer.step()
            torch_xla.sync()
            losses.append(loss.detach())
        model.eval()
        with torch.no_grad():
            logits = model(X_held)
            val_loss = loss_function(logits, y_held)
            val_acc = (logits.argmax(1) == y_held).float().mean()
        torch_xla.sync()
        metrics["train_losses"].append(sum(loss.item() for loss in losses) / len(losses))
        metrics["val_losses"].append(val_loss.item())
        metrics["val_acc"].append(val_acc.item())
        print(
            f"epoch {epoch + 1}/{epochs} train_loss={metrics['train_losses'][-1]:.4f} "
            f"val_loss={metrics['val_losses'][-1]:.4f} val_acc={metrics['val_acc'][-1]:.4f}"
        )
    return model, metrics
