# category: dtype
# data: synthetic:tokens
# target: xla
# expect: training_code
# fails: smoke run, raised in call: RuntimeError
# says: indices
# about: token ids are cast to float before the embedding
# twin-score: 0.900
# chance-score: 0.525
# mend: ["ids = ids.to(torch.float32)", "ids = ids.to(torch.int64)"]
# space: {"dim": {"default": 24, "type": "Categorical", "categories": [16, 24, 32]}, "lr": {"default": 0.01, "type": "Real", "low": 0.0005, "high": 0.05, "prior": "log-uniform"}, "epochs": {"default": 14, "type": "Integer", "low": 2, "high": 20}}

import torch
import torch.nn as nn
import torch_xla
import torch_xla.core.xla_model as xm
from torch.utils.data import DataLoader, TensorDataset


class OrderNet(nn.Module):
    """Embeds ids, sees their places, and pools what convolutions find."""

    def __init__(self, vocabulary, length, dim):
        super().__init__()
        self.embed = nn.Embedding(vocabulary, dim)
        self.place = nn.Parameter(torch.randn(length, dim) * 0.1)
        self.mix = nn.MultiheadAttention(dim, num_heads=2, batch_first=True)
        self.out = nn.Sequential(nn.LayerNorm(dim), nn.Linear(dim, 32), nn.ReLU(), nn.Linear(32, 2))

    def forward(self, ids):
        ids = ids.to(torch.float32)
        h = self.embed(ids) + self.place
        mixed, _ = self.mix(h, h, h, need_weights=False)
        return self.out((h + mixed).amax(dim=1))


def train_model(X_train, y_train, X_val, y_val, device, dim=24, lr=0.01, epochs=14, **rest):
    model = OrderNet(50, X_train.shape[1], dim).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    loss_fn = nn.CrossEntropyLoss()
    loader = DataLoader(TensorDataset(X_train, y_train), batch_size=40, shuffle=True, drop_last=True)
    train_losses, val_losses, val_acc = [], [], []
    x_val, labels = X_val.to(device), y_val.to(device)
    for epoch in range(1, epochs + 1):
        model.train()
        losses = []
        for ids, target in loader:
            ids, target = ids.to(device), target.to(device)
            optimizer.zero_grad()
            loss = loss_fn(model(ids), target)
            loss.backward()
            xm.optimizer_step(optimizer)
            torch_xla.sync()
            losses.append(loss.detach())
        model.eval()
        with torch.no_grad():
            logits = model(x_val)
            val = loss_fn(logits, labels)
            acc = (logits.argmax(1) == labels).float().mean()
        torch_xla.sync()
        train_losses.append(float(torch.stack(losses).mean()))
        val_losses.append(float(val))
        val_acc.append(float(acc))
        print(f"epoch {epoch}/{epochs} val_loss={val_losses[-1]:.4f} val_acc={val_acc[-1]:.4f}")
    return model, {"train_losses": train_losses, "val_losses": val_losses, "val_acc": val_acc}
