# expect: none
# data: sequence
# held-out: no

import math

import torch
import torch.nn as nn
import torch_xla
from torch.utils.data import DataLoader, TensorDataset


class PositionalEncoding(nn.Module):
    def __init__(self, d_model, max_len=512):
        super().__init__()
        position = torch.arange(max_len).unsqueeze(1).float()
        div_term = torch.exp(torch.arange(0, d_model, 2).float() * (-math.log(10000.0) / d_model))
        pe = torch.zeros(max_len, d_model)
        pe[:, 0::2] = torch.sin(position * div_term)
        pe[:, 1::2] = torch.cos(position * div_term)
        self.register_buffer("pe", pe.unsqueeze(0))

    def forward(self, x):
        return x + self.pe[:, : x.size(1)]


class TinyTransformer(nn.Module):
    def __init__(self, in_dim, d_model, nhead, layers, num_classes, dropout):
        super().__init__()
        self.proj = nn.Linear(in_dim, d_model)
        self.pos = PositionalEncoding(d_model)
        layer = nn.TransformerEncoderLayer(d_model, nhead, 2 * d_model, dropout, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, layers)
        self.head = nn.Linear(d_model, num_classes)

    def forward(self, x):
        z = self.encoder(self.pos(self.proj(x)))
        return self.head(z.mean(dim=1))


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    heads = int(hyperparams.get("nhead", 2))
    head_dim = int(hyperparams.get("head_dim", 8))
    epochs = int(hyperparams.get("epochs", 2))
    batch_size = int(hyperparams.get("batch_size", 16))
    classes = int(y_train.max()) + 1

    train_ds = TensorDataset(X_train, y_train)
    val_ds = TensorDataset(X_val, y_val)
    train_dl = DataLoader(train_ds, batch_size, shuffle=True, drop_last=True)
    val_dl = DataLoader(val_ds, batch_size)

    model = TinyTransformer(X_train.shape[2], heads * head_dim, heads, 1, classes, 0.1).to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=hyperparams.get("lr", 3e-4), weight_decay=0.01)
    criterion = nn.CrossEntropyLoss()
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}

    def evaluate():
        model.eval()
        loss_sum = torch.zeros((), device=device)
        hits = torch.zeros((), device=device)
        with torch.no_grad():
            for xb, yb in val_dl:
                xb, yb = xb.to(device), yb.to(device)
                logits = model(xb)
                loss_sum += criterion(logits, yb) * yb.size(0)
                hits += (logits.argmax(1) == yb).sum()
                torch_xla.sync()
        return float(loss_sum) / len(val_ds), float(hits) / len(val_ds)

    for epoch in range(epochs):
        model.train()
        running = torch.zeros((), device=device)
        steps = 0
        for xb, yb in train_dl:
            xb, yb = xb.to(device), yb.to(device)
            optimizer.zero_grad()
            loss = criterion(model(xb), yb)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            torch_xla.sync()
            running += loss.detach()
            steps += 1
        val_loss, val_acc = evaluate()
        metrics["train_losses"].append(float(running) / max(steps, 1))
        metrics["val_losses"].append(val_loss)
        metrics["val_acc"].append(val_acc)
    return model, metrics
