# category: memory
# data: synthetic:image
# target: cpu
# expect: bo_config
# fails: smoke run, out_of_memory
# says: memory
# about: a batch of the whole set through many full-resolution channels
# limits: {"memory_mb": 420, "wall_s": 120}
# twin-score: 1.000
# chance-score: 0.281
# mend: ["\"default\": 512", "\"default\": 32"]
# space: {"batch_size": {"default": 512, "type": "Categorical", "categories": [16, 32, 64, 512]}, "channels": {"default": 96, "type": "Categorical", "categories": [16, 32, 96]}, "lr": {"default": 0.003, "type": "Real", "low": 0.0001, "high": 0.05, "prior": "log-uniform"}, "epochs": {"default": 3, "type": "Integer", "low": 1, "high": 10}}

import torch
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.depth = nn.Conv2d(c, c, 3, padding=1, groups=c)
        self.point = nn.Conv2d(c, c, 1)
        self.norm = nn.GroupNorm(4, c)

    def forward(self, x):
        return x + F.gelu(self.norm(self.point(self.depth(x))))


def train_model(X_train, y_train, X_val, y_val, device, batch_size=32, channels=32, lr=0.003, epochs=3, **kwargs):
    net = nn.Sequential(
        nn.Conv2d(1, channels, 5, padding=2),
        Block(channels),
        Block(channels),
        Block(channels),
        nn.AdaptiveMaxPool2d(1),
        nn.Flatten(),
        nn.Linear(channels, 4),
    ).to(device)
    opt = torch.optim.AdamW(net.parameters(), lr=lr)
    batch_size = min(batch_size, len(X_train))
    losses, val_losses, accuracies = [], [], []
    for epoch in range(epochs):
        net.train()
        order = torch.randperm(len(X_train))
        running = 0.0
        for rows in order.split(batch_size):
            opt.zero_grad()
            loss = F.cross_entropy(net(X_train[rows].to(device)), y_train[rows].to(device))
            loss.backward()
            opt.step()
            running += loss.item() * len(rows)
        net.eval()
        with torch.no_grad():
            logits = torch.cat([net(part.to(device)) for part in X_val.split(16)]).cpu()
        losses.append(running / len(X_train))
        val_losses.append(F.cross_entropy(logits, y_val).item())
        accuracies.append((logits.argmax(1) == y_val).float().mean().item())
        print(f"Epoch [{epoch + 1}/{epochs}] loss {losses[-1]:.3f}")
    return net, {"train_losses": losses, "val_losses": val_losses, "val_acc": accuracies}
