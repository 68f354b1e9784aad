# expect: TRN018
# data: tabular
# held-out: yes

import torch
import torch.nn as nn
import torch_xla
from torch.utils.data import DataLoader, TensorDataset


class Pretrained(nn.Module):
    def __init__(self, d, code, classes):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(d, 16), nn.ReLU(), nn.Linear(16, code))
        self.decoder = nn.Sequential(nn.Linear(code, 16), nn.ReLU(), nn.Linear(16, d))
        self.classifier = nn.Linear(code, classes)

    def forward(self, x):
        return self.classifier(self.encoder(x))


def pretrain(model, loader, device, epochs, lr):
    optimizer = torch.optim.Adam([*model.encoder.parameters(), *model.decoder.parameters()], lr=lr)
    mse = nn.MSELoss()
    for _ in range(epochs):
        for x, _y in loader:
            x = x.to(device)
            optimizer.zero_grad()
            loss = mse(model.decoder(model.encoder(x)), x)
            loss.backward()
            optimizer.step()
            torch_xla.sync()


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    epochs = int(hyperparams.get("epochs", 2))
    lr = hyperparams.get("lr", 1e-3)
    loader = DataLoader(TensorDataset(X_train, y_train), batch_size=16, shuffle=True, drop_last=True)
    model = Pretrained(X_train.shape[1], int(hyperparams.get("code", 6)), int(y_train.max()) + 1).to(device)
    pretrain(model, loader, device, 1, lr)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
    epoch = 0
    while epoch < epochs:
        model.train()
        running = torch.zeros((), device=device)
        for x, y in loader:
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            torch_xla.sync()
            running += loss
        metrics["train_losses"].append(running.item() / max(len(loader), 1))
        model.eval()
        with torch.no_grad():
            logits = model(X_val.to(device))
            metrics["val_losses"].append(criterion(logits, y_val.to(device)).item())
            metrics["val_acc"].append((logits.argmax(1) == y_val.to(device)).float().mean().item())
        epoch += 1
    return model, metrics
