# expect: none
# data: tabular
# held-out: no

import copy

import torch
import torch.nn as nn
import torch_xla
from torch.utils.data import DataLoader, TensorDataset


def build_model(in_dim, hidden, out_dim):
    return nn.Sequential(nn.Linear(in_dim, hidden), nn.BatchNorm1d(hidden), nn.GELU(), nn.Linear(hidden, out_dim))


def train_one_epoch(model, loader, optimizer, criterion, device):
    model.train()
    total = torch.zeros((), device=device)
    for inputs, labels in loader:
        inputs, labels = inputs.to(device), labels.to(device)
        optimizer.zero_grad()
        loss = criterion(model(inputs), labels)
        loss.backward()
        optimizer.step()
        torch_xla.sync()
        total += loss.detach()
    return total.item() / max(len(loader), 1)


@torch.no_grad()
def evaluate(model, loader, criterion, device):
    model.eval()
    loss_sum, correct, count = 0.0, 0, 0
    for inputs, labels in loader:
        inputs, labels = inputs.to(device), labels.to(device)
        outputs = model(inputs)
        loss_sum += criterion(outputs, labels).item() * labels.size(0)
        correct += (outputs.argmax(1) == labels).sum().item()
        count += labels.size(0)
    return loss_sum / count, correct / count


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    torch.manual_seed(hyperparams.get("seed", 0))
    bs = int(hyperparams.get("batch_size", 16))
    train_loader = DataLoader(TensorDataset(X_train, y_train), batch_size=bs, shuffle=True, drop_last=True)
    val_loader = DataLoader(TensorDataset(X_val, y_val), batch_size=bs, shuffle=False)
    model = build_model(X_train.shape[1], int(hyperparams.get("hidden", 16)), int(y_train.max()) + 1).to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=hyperparams.get("lr", 0.05), momentum=0.9)
    criterion = nn.CrossEntropyLoss()
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=2)

    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
    best_loss, best_state, bad = float("inf"), None, 0
    patience = int(hyperparams.get("patience", 3))
    for epoch in range(int(hyperparams.get("epochs", 4))):
        train_loss = train_one_epoch(model, train_loader, optimizer, criterion, device)
        val_loss, val_acc = evaluate(model, val_loader, criterion, device)
        scheduler.step(val_loss)
        metrics["train_losses"].append(train_loss)
        metrics["val_losses"].append(val_loss)
        metrics["val_acc"].append(val_acc)
        if val_loss < best_loss:
            best_loss = val_loss
            best_state = copy.deepcopy(model.state_dict())
            bad = 0
        else:
            bad += 1
            if bad >= patience:
                break
    if best_state is not None:
        model.load_state_dict(best_state)
    return model, metrics
