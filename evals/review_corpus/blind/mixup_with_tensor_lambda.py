# expect: none
# data: image
# held-out: blind

import torch
import torch_xla
from torch import nn


def soft_cross_entropy(logits, targets):
    return -(targets * logits.log_softmax(dim=-1)).sum(dim=-1).mean()


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    alpha = hyperparams.get("mixup", 0.2)
    n_classes = int(y_train.max()) + 1
    model = nn.Sequential(
        nn.Conv2d(X_train.shape[1], 12, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(12 * (X_train.shape[2] // 2) * (X_train.shape[3] // 2), n_classes),
    )
    model.to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=hyperparams.get("lr", 1e-3))
    beta = torch.distributions.Beta(alpha, alpha)
    targets = nn.functional.one_hot(y_train, n_classes).float()
    batch_size, m = 16, {"train_losses": [], "val_losses": [], "val_acc": []}
    for _epoch in range(int(hyperparams.get("epochs", 2))):
        model.train()
        shuffled = torch.randperm(len(X_train))
        batches = shuffled[: len(shuffled) // batch_size * batch_size].view(-1, batch_size)
        losses = []
        for rows in batches:
            lam = beta.sample((batch_size,))
            partner = rows[torch.randperm(batch_size)]
            lam4 = lam.view(-1, 1, 1, 1)
            x = (lam4 * X_train[rows] + (1 - lam4) * X_train[partner]).to(device)
            t = (lam[:, None] * targets[rows] + (1 - lam[:, None]) * targets[partner]).to(device)
            optimizer.zero_grad()
            loss = soft_cross_entropy(model(x), t)
            loss.backward()
            optimizer.step()
            torch_xla.sync()
            losses.append(loss.detach())
        m["train_losses"].append(torch.stack(losses).mean().item())
        model.eval()
        with torch.no_grad():
            logits = model(X_val.to(device))
            m["val_losses"].append(nn.functional.cross_entropy(logits, y_val.to(device)).item())
            m["val_acc"].append((logits.argmax(1).cpu() == y_val).float().mean().item())
    return model, m
