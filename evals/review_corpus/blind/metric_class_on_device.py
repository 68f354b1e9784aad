# expect: none
# data: image
# held-out: blind

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch_xla


class RunningMean:
    def __init__(self, device):
        self.total = torch.zeros((), device=device)
        self.count = 0

    def update(self, value, n=1):
        self.total += value.detach() * n
        self.count += n

    def compute(self):
        return (self.total / max(self.count, 1)).item()


class SqueezeExcite(nn.Module):
    def __init__(self, c, r=4):
        super().__init__()
        self.fc1, self.fc2 = nn.Conv2d(c, c // r, 1), nn.Conv2d(c // r, c, 1)

    def forward(self, x):
        s = x.mean((2, 3), keepdim=True)
        return x * torch.sigmoid(self.fc2(F.relu(self.fc1(s))))


class Net(nn.Module):
    def __init__(self, cin, classes):
        super().__init__()
        self.stem = nn.Conv2d(cin, 16, 3, padding=1)
        self.se = SqueezeExcite(16)
        self.fc = nn.Linear(16, classes)

    def forward(self, x):
        return self.fc(self.se(F.relu(self.stem(x))).amax((2, 3)))


def train_one_epoch(model, loader, optimizer, device):
    model.train()
    meter = RunningMean(device)
    for x, y in loader:
        x, y = x.to(device), y.to(device)
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        torch_xla.sync()
        meter.update(loss)
    return meter.compute()


@torch.no_grad()
def evaluate(model, loader, device):
    model.eval()
    loss, acc = RunningMean(device), RunningMean(device)
    for x, y in loader:
        x, y = x.to(device), y.to(device)
        logits = model(x)
        loss.update(F.cross_entropy(logits, y), len(y))
        acc.update((logits.argmax(1) == y).float().mean(), len(y))
        torch_xla.sync()
    return loss.compute(), acc.compute()


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    make = lambda x, y, train: torch.utils.data.DataLoader(  # noqa: E731
        torch.utils.data.TensorDataset(x, y), batch_size=10, shuffle=train, drop_last=train
    )
    model = Net(X_train.shape[1], int(y_train.max()) + 1).to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=hyperparams.get("lr", 3e-3))
    train_loader, val_loader = make(X_train, y_train, True), make(X_val, y_val, False)
    m = {k: [] for k in ("train_losses", "val_losses", "val_acc")}
    for _ in range(int(hyperparams.get("epochs", 2))):
        m["train_losses"].append(train_one_epoch(model, train_loader, optimizer, device))
        val_loss, val_acc = evaluate(model, val_loader, device)
        m["val_losses"].append(val_loss)
        m["val_acc"].append(val_acc)
    return model, m
