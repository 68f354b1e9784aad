# expect: none
# data: tokens
# held-out: no

import torch
import torch.nn as nn
import torch_xla
from torch.utils.data import DataLoader, TensorDataset

PAD = 0


class TextGRU(nn.Module):
    def __init__(self, vocab, dim, hidden, classes):
        super().__init__()
        self.embed = nn.Embedding(vocab, dim, padding_idx=PAD)
        self.gru = nn.GRU(dim, hidden, batch_first=True)
        self.out = nn.Linear(hidden, classes)

    def forward(self, tokens):
        mask = (tokens != PAD).unsqueeze(-1).float()
        states, _ = self.gru(self.embed(tokens))
        pooled = (states * mask).sum(1) / mask.sum(1).clamp(min=1.0)
        return self.out(pooled)


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    vocab = int(torch.cat([X_train.reshape(-1), X_val.reshape(-1)]).max()) + 1
    model = TextGRU(vocab, hyperparams.get("dim", 8), hyperparams.get("hidden", 8), int(y_train.max()) + 1).to(device)
    train_loader = DataLoader(TensorDataset(X_train.long(), y_train), batch_size=16, shuffle=True, drop_last=True)
    val_loader = DataLoader(TensorDataset(X_val.long(), y_val), batch_size=16)
    optimizer = torch.optim.Adam(model.parameters(), lr=hyperparams.get("lr", 1e-3))
    criterion = nn.CrossEntropyLoss()
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
    for epoch in range(int(hyperparams.get("epochs", 2))):
        model.train()
        losses = []
        for tokens, labels in train_loader:
            tokens, labels = tokens.to(device), labels.to(device)
            optimizer.zero_grad()
            loss = criterion(model(tokens), labels)
            loss.backward()
            optimizer.step()
            torch_xla.sync()
            losses.append(loss.detach())
        metrics["train_losses"].append(float(torch.stack(losses).mean()))
        model.eval()
        predictions, val_losses = [], []
        with torch.no_grad():
            for tokens, labels in val_loader:
                logits = model(tokens.to(device))
                val_losses.append(criterion(logits, labels.to(device)).item())
                predictions.append(logits.argmax(1).cpu())
        metrics["val_losses"].append(sum(val_losses) / len(val_losses))
        metrics["val_acc"].append(float((torch.cat(predictions) == y_val).float().mean()))
    return model, metrics
