# category: memory
# data: digits
# target: cpu
# expect: training_code
# fails: execution, out_of_memory
# says: memory
# about: every image is stored with two thousand noisy copies before training begins
# limits: {"memory_mb": 380, "wall_s": 120}
# twin-score: 0.970
# chance-score: 0.100
# mend: ["COPIES = 2000", "COPIES = 2"]
# space: {"lr": {"default": 0.004, "type": "Real", "low": 0.0005, "high": 0.02, "prior": "log-uniform"}, "epochs": {"default": 4, "type": "Integer", "low": 1, "high": 10}}

import torch
from torch import nn

COPIES = 2000
NOISE = 0.1


def enlarge(X, y):
    """The images, and `COPIES` of each with noise added."""
    images, labels = [X], [y]
    for _ in range(COPIES):
        images.append(X + NOISE * torch.randn(X.shape))
        labels.append(y)
    return torch.cat(images), torch.cat(labels)


def classifier():
    return nn.Sequential(
        nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Conv2d(8, 16, 3), nn.ReLU(), nn.Flatten(), nn.Linear(16 * 4 * 4, 10)
    )


def train_model(X_train, y_train, X_val, y_val, device, lr=0.004, epochs=4, **hyperparams):
    X_all, y_all = enlarge(X_train, y_train)
    model = classifier().to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    loss_fn = nn.CrossEntropyLoss()
    train_losses, val_losses, val_accuracies = [], [], []
    for epoch in range(epochs):
        model.train()
        running = 0.0
        rows = torch.randperm(len(X_all))[: 4 * len(X_train)].split(64)
        for chunk in rows:
            optimizer.zero_grad()
            loss = loss_fn(model(X_all[chunk].to(device)), y_all[chunk].to(device))
            loss.backward()
            optimizer.step()
            running += loss.item()
        model.eval()
        with torch.no_grad():
            scores = model(X_val.to(device)).cpu()
        train_losses.append(running / len(rows))
        val_losses.append(loss_fn(scores, y_val).item())
        val_accuracies.append((scores.argmax(1) == y_val).float().mean().item())
        print(f"epoch {epoch + 1}/{epochs} val_acc={val_accuracies[-1]:.3f}")
    return model, {"train_losses": train_losses, "val_losses": val_losses, "val_acc": val_accuracies}
