# expect: XLA006 XLA008
# data: tabular
# held-out: blind

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch_xla
from torch.utils.data import DataLoader, TensorDataset


def step(model, batch, optimizer):
    features, target = batch
    optimizer.zero_grad()
    loss = F.cross_entropy(model(features), target)
    loss.backward()
    optimizer.step()
    torch_xla.sync()
    return loss.detach()


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    model = nn.Sequential(nn.Linear(X_train.shape[1], 16), nn.ReLU(), nn.Linear(16, int(y_train.max()) + 1)).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=hyperparams.get("lr", 1e-3))
    loader = DataLoader(TensorDataset(X_train, y_train), batch_size=16, shuffle=True, drop_last=True)
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
    for _ in range(int(hyperparams.get("epochs", 2))):
        model.train()
        losses = [step(model, batch, optimizer) for batch in loader]
        metrics["train_losses"].append(torch.stack(losses).mean().item())
        model.eval()
        with torch.no_grad():
            logits = model(X_val.to(device))
            metrics["val_losses"].append(F.cross_entropy(logits, y_val.to(device)).item())
            metrics["val_acc"].append((logits.argmax(1) == y_val.to(device)).float().mean().item())
    return model, metrics
