# expect: none
# data: binary
# held-out: blind

import math
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset, WeightedRandomSampler
import torch_xla


def cosine(step, total, base):
    return 0.5 * base * (1 + math.cos(math.pi * step / total))


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    base_lr = hyperparams.get("lr", 0.05)
    epochs = int(hyperparams.get("epochs", 2))
    counts = torch.bincount(y_train.long(), minlength=2).float()
    sampler = WeightedRandomSampler((1.0 / counts)[y_train.long()], num_samples=len(y_train))
    loader = DataLoader(TensorDataset(X_train, y_train.float()), batch_size=16, sampler=sampler, drop_last=True)
    model = nn.Sequential(nn.Linear(X_train.shape[1], 10), nn.ReLU(), nn.Linear(10, 2)).to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=base_lr, momentum=0.9)
    step, total = 0, epochs * len(loader)
    history = {"train_losses": [], "val_losses": [], "val_acc": []}
    for epoch in range(epochs):
        model.train()
        loss_acc = torch.zeros((), device=device)
        for data, target in loader:
            for group in optimizer.param_groups:
                group["lr"] = cosine(step, total, base_lr)
            step += 1
            data, target = data.to(device), target.to(device)
            optimizer.zero_grad()
            logits = model(data)
            margin = logits[:, 1] - logits[:, 0]
            loss = nn.functional.binary_cross_entropy_with_logits(margin, target)
            loss.backward()
            optimizer.step()
            torch_xla.sync()
            loss_acc += loss.detach()
        history["train_losses"].append(loss_acc.item() / len(loader))
        model.eval()
        with torch.no_grad():
            logits = model(X_val.to(device))
            y = y_val.to(device)
            history["val_losses"].append(nn.functional.cross_entropy(logits, y.long()).item())
            history["val_acc"].append((logits.argmax(1) == y).float().mean().item())
    return model, history
