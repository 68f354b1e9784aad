# expect: TRN024
# data: tabular
# held-out: yes

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
import torch_xla


class Net(nn.Module):
    def __init__(self, d, h, c):
        self.fc1 = nn.Linear(d, h)
        self.drop = nn.Dropout(0.2)
        self.fc2 = nn.Linear(h, c)

    def forward(self, x):
        return self.fc2(self.drop(torch.relu(self.fc1(x))))


def run_epoch(model, loader, criterion, device, optimizer=None):
    training = optimizer is not None
    model.train(training)
    loss_sum = torch.zeros((), device=device)
    correct = torch.zeros((), device=device)
    seen = 0
    with torch.set_grad_enabled(training):
        for x, y in loader:
            x, y = x.to(device), y.to(device)
            out = model(x)
            loss = criterion(out, y)
            if training:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            torch_xla.sync()
            loss_sum += loss.detach() * x.size(0)
            correct += (out.argmax(1) == y).sum()
            seen += x.size(0)
    return loss_sum.item() / max(seen, 1), correct.item() / max(seen, 1)


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    bs = hyperparams.get("batch_size", 16)
    train_loader = DataLoader(TensorDataset(X_train, y_train), batch_size=bs, shuffle=True, drop_last=True)
    val_loader = DataLoader(TensorDataset(X_val, y_val), batch_size=bs)
    model = Net(X_train.shape[1], hyperparams.get("hidden", 16), int(y_train.max()) + 1).to(device)
    opt = torch.optim.Adam(model.parameters(), lr=hyperparams.get("lr", 1e-3))
    crit = nn.CrossEntropyLoss()
    metrics = {k: [] for k in ("train_losses", "val_losses", "val_acc")}
    for epoch in range(hyperparams.get("epochs", 2)):
        tr, _ = run_epoch(model, train_loader, crit, device, opt)
        va, acc = run_epoch(model, val_loader, crit, device)
        metrics["train_losses"].append(tr)
        metrics["val_losses"].append(va)
        metrics["val_acc"].append(acc)
    return model, metrics
