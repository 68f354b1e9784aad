# expect: CUD006
# data: tabular
# held-out: no

import math

import torch
import torch.nn as nn
import torch_xla
from torch.utils.data import DataLoader, TensorDataset


def warmup_cosine(step, warmup, total):
    if step < warmup:
        return (step + 1) / warmup
    progress = (step - warmup) / max(1, total - warmup)
    return 0.5 * (1 + math.cos(math.pi * progress))


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    device = torch.device("cpu")
    base_lr = float(hyperparams.get("lr", 3e-3))
    epochs = int(hyperparams.get("epochs", 2))
    loader = DataLoader(TensorDataset(X_train, y_train), batch_size=16, shuffle=True, drop_last=True)
    model = nn.Sequential(nn.Linear(X_train.shape[1], 16), nn.ReLU(), nn.Linear(16, int(y_train.max()) + 1)).to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=base_lr)
    total_steps = max(1, epochs * len(loader))
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda s: warmup_cosine(s, 5, total_steps))
    criterion = nn.CrossEntropyLoss()
    metrics = {"train_losses": [], "val_losses": [], "val_acc": [], "lr": []}
    global_step = 0
    for epoch in range(1, epochs + 1):
        model.train()
        running = torch.zeros((), device=device)
        for xb, yb in loader:
            xb, yb = xb.to(device), yb.to(device)
            optimizer.zero_grad()
            loss = criterion(model(xb), yb)
            loss.backward()
            optimizer.step()
            scheduler.step()
            torch_xla.sync()
            running += loss.detach()
            global_step += 1
            if global_step % 100 == 0:
                print(f"step {global_step}: loss {loss.item():.4f}")
        metrics["train_losses"].append(running.item() / max(1, len(loader)))
        metrics["lr"].append(optimizer.param_groups[0]["lr"])
        model.eval()
        with torch.no_grad():
            logits = model(X_val.to(device))
            metrics["val_losses"].append(criterion(logits, y_val.to(device)).item())
            metrics["val_acc"].append((logits.argmax(1) == y_val.to(device)).float().mean().item())
    return model, metrics
