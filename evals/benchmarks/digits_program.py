"""The small network that `trials_per_minute` trains: a coder's work for digits, correct on XLA and on the CPU."""

import torch
import torch_xla
from torch import Tensor, nn


def train_model(
    X_train: Tensor, y_train: Tensor, X_val: Tensor, y_val: Tensor, device: torch.device, **hyperparams: float
) -> tuple[nn.Module, dict[str, list[float]]]:
    """An MLP with dropout: host batches of one shape, one sync a step."""
    epochs, width, batch = int(hyperparams["epochs"]), int(hyperparams["hidden_size"]), 64
    model = nn.Sequential(
        nn.Flatten(),
        nn.Linear(X_train[0].numel(), width),
        nn.ReLU(),
        nn.Dropout(hyperparams["dropout"]),
        nn.Linear(width, 10),
    ).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=hyperparams["lr"])
    loss_function = nn.CrossEntropyLoss()
    X_held, y_held = X_val.to(device), y_val.to(device)
    metrics: dict[str, list[float]] = {"train_losses": [], "val_losses": [], "val_acc": []}
    for epoch in range(epochs):
        model.train()
        order = torch.randperm(len(X_train))
        losses = []
        for start in range(0, len(X_train) - batch + 1, batch):
            rows = order[start : start + batch]
            optimizer.zero_grad()
            loss = loss_function(model(X_train[rows].to(device)), y_train[rows].to(device))
            loss.backward()
            optimizer.step()
            torch_xla.sync()
            losses.append(loss.detach())
        model.eval()
        with torch.no_grad():
            logits = model(X_held)
            val_loss, val_acc = loss_function(logits, y_held), (logits.argmax(1) == y_held).float().mean()
        torch_xla.sync()
        metrics["train_losses"].append(sum(loss.item() for loss in losses) / len(losses))
        metrics["val_losses"].append(val_loss.item())
        metrics["val_acc"].append(val_acc.item())
        print(f"epoch {epoch + 1}/{epochs} val_loss={val_loss.item():.4f} val_acc={val_acc.item():.4f}")
    return model, metrics
