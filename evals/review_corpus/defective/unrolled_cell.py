# expect: XLA025
# data: sequence
# held-out: no

import torch
import torch.nn as nn
import torch_xla
from torch.utils.data import DataLoader, TensorDataset


class LSTMFromScratch(nn.Module):
    def __init__(self, input_size, hidden_size, num_classes):
        super().__init__()
        self.hidden_size = hidden_size
        self.cell = nn.LSTMCell(input_size, hidden_size)
        self.fc = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        batch_size, seq_len, _ = x.shape
        h = torch.zeros(batch_size, self.hidden_size, device=x.device)
        c = torch.zeros(batch_size, self.hidden_size, device=x.device)
        for t in range(seq_len):
            h, c = self.cell(x[:, t, :], (h, c))
        return self.fc(h)


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    model = LSTMFromScratch(X_train.shape[2], hyperparams.get("hidden", 8), int(y_train.max()) + 1).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=hyperparams.get("lr", 1e-3))
    criterion = nn.CrossEntropyLoss()
    loader = DataLoader(TensorDataset(X_train, y_train), batch_size=16, shuffle=True, drop_last=True)
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
    for epoch in range(int(hyperparams.get("epochs", 2))):
        model.train()
        total = torch.zeros((), device=device)
        for xb, yb in loader:
            xb, yb = xb.to(device), yb.to(device)
            optimizer.zero_grad()
            loss = criterion(model(xb), yb)
            loss.backward()
            optimizer.step()
            torch_xla.sync()
            total += loss.detach()
        metrics["train_losses"].append(float(total) / max(len(loader), 1))
        model.eval()
        with torch.no_grad():
            logits = model(X_val.to(device))
            metrics["val_losses"].append(float(criterion(logits, y_val.to(device))))
            metrics["val_acc"].append(float((logits.argmax(1) == y_val.to(device)).float().mean()))
    return model, metrics
