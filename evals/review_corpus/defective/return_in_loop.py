# expect: TRN017
# data: sequence
# held-out: no

import torch
import torch.nn as nn
import torch_xla
from torch.utils.data import DataLoader, Dataset


class WindowDataset(Dataset):
    """Windows with optional jitter, on the host."""

    def __init__(self, X, y, jitter=0.0):
        self.X = X.float()
        self.y = y.long()
        self.jitter = jitter

    def __len__(self):
        return len(self.X)

    def __getitem__(self, i):
        x = self.X[i]
        if self.jitter:
            x = x + self.jitter * torch.randn(x.shape)
        return x, self.y[i]


class BiLSTM(nn.Module):
    def __init__(self, features, hidden, classes, dropout):
        super().__init__()
        self.rnn = nn.LSTM(features, hidden, batch_first=True, bidirectional=True)
        self.attn = nn.Linear(2 * hidden, 1)
        self.drop = nn.Dropout(dropout)
        self.fc = nn.Linear(2 * hidden, classes)

    def forward(self, x):
        states, _ = self.rnn(x)
        alpha = self.attn(states).softmax(dim=1)
        return self.fc(self.drop((alpha * states).sum(1)))


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    batch_size = int(hyperparams.get("batch_size", 16))
    train_set = WindowDataset(X_train, y_train, jitter=hyperparams.get("jitter", 0.01))
    val_set = WindowDataset(X_val, y_val)
    train_loader = DataLoader(train_set, batch_size=batch_size, shuffle=True, drop_last=True, num_workers=0)
    val_loader = DataLoader(val_set, batch_size=batch_size)
    model = BiLSTM(X_train.shape[2], int(hyperparams.get("hidden", 6)), int(y_train.max()) + 1, 0.1).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=hyperparams.get("lr", 1e-3))
    criterion = nn.CrossEntropyLoss()
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
    for epoch in range(int(hyperparams.get("epochs", 2))):
        model.train()
        train_loss = torch.zeros((), device=device)
        for batch in train_loader:
            x, y = batch
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            torch_xla.sync()
            train_loss += loss.detach()
        model.eval()
        hits, val_loss = 0, 0.0
        with torch.no_grad():
            for x, y in val_loader:
                logits = model(x.to(device)).cpu()
                val_loss += criterion(logits, y).item() * len(y)
                hits += int((logits.argmax(1) == y).sum())
        metrics["train_losses"].append(train_loss.item() / max(len(train_loader), 1))
        metrics["val_losses"].append(val_loss / len(val_set))
        metrics["val_acc"].append(hits / len(val_set))
        return model, metrics
