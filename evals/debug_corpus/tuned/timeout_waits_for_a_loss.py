# category: time-out
# data: synthetic:tabular
# target: cpu
# expect: training_code
# fails: smoke run, timed_out
# about: training goes on until the validation loss is below what it can never reach
# limits: {"wall_s": 20}
# twin-score: 0.967
# chance-score: 0.367
# mend: ["while metrics[\"val_losses\"][-1] > TARGET:", "while metrics[\"val_losses\"][-1] > TARGET and len(metrics[\"val_losses\"]) < 25:"]
# space: {"lr": {"default": 0.005, "type": "Real", "low": 0.0005, "high": 0.05, "prior": "log-uniform"}, "width": {"default": 32, "type": "Integer", "low": 16, "high": 64}}

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

TARGET = 1e-9


@torch.no_grad()
def validate(model, X, y, device):
    model.eval()
    logits = model(X.to(device)).cpu()
    return nn.functional.cross_entropy(logits, y).item(), (logits.argmax(1) == y).float().mean().item()


def one_pass(model, loader, optimizer, device):
    model.train()
    losses = []
    for x, y in loader:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x.to(device)), y.to(device))
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return sum(losses) / len(losses)


def train_model(X_train, y_train, X_val, y_val, device, lr=0.005, width=32, **hyperparams):
    model = nn.Sequential(nn.Linear(12, width), nn.ReLU(), nn.Dropout(0.2), nn.Linear(width, 3)).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    loader = DataLoader(TensorDataset(X_train, y_train), batch_size=32, shuffle=True)
    val_loss, val_acc = validate(model, X_val, y_val, device)
    metrics = {"train_losses": [val_loss], "val_losses": [val_loss], "val_acc": [val_acc]}
    while metrics["val_losses"][-1] > TARGET:
        metrics["train_losses"].append(one_pass(model, loader, optimizer, device))
        val_loss, val_acc = validate(model, X_val, y_val, device)
        metrics["val_losses"].append(val_loss)
        metrics["val_acc"].append(val_acc)
    return model, metrics
