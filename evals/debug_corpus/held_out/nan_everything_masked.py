# category: nan
# data: synthetic:tokens
# target: cpu
# expect: training_code
# fails: smoke run, raised in contract: ContractError
# says: diverged|nan
# about: the padding mask is the wrong way round, so that attention may look at no place and its softmax is 0/0
# twin-score: 0.892
# chance-score: 0.525
# mend: ["hidden_places = ids < self.vocabulary", "hidden_places = ids >= self.vocabulary"]
# space: {"dim": {"default": 24, "type": "Categorical", "categories": [16, 24, 32]}, "lr": {"default": 0.006, "type": "Real", "low": 0.0005, "high": 0.03, "prior": "log-uniform"}, "epochs": {"default": 14, "type": "Integer", "low": 2, "high": 20}}

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class MaskedAttention(nn.Module):
    def __init__(self, vocabulary, length, dim):
        super().__init__()
        self.vocabulary = vocabulary
        self.embed = nn.Embedding(vocabulary + 1, dim, padding_idx=vocabulary)
        self.where = nn.Parameter(0.1 * torch.randn(length, dim))
        self.attention = nn.MultiheadAttention(dim, 2, batch_first=True)
        self.norm = nn.LayerNorm(dim)
        self.classify = nn.Sequential(nn.Linear(dim, 32), nn.ReLU(), nn.Linear(32, 2))

    def forward(self, ids):
        hidden_places = ids < self.vocabulary
        h = self.embed(ids) + self.where
        seen, _ = self.attention(h, h, h, key_padding_mask=hidden_places, need_weights=False)
        return self.classify(self.norm(h + seen).amax(1))


def train_model(X_train, y_train, X_val, y_val, device, dim=24, lr=0.006, epochs=14, **hyperparams):
    model = MaskedAttention(50, X_train.shape[1], dim).to(device)
    optimizer, criterion = torch.optim.Adam(model.parameters(), lr=lr), nn.CrossEntropyLoss()
    train_loader = DataLoader(TensorDataset(X_train, y_train), batch_size=40, shuffle=True, drop_last=True)
    val_loader = DataLoader(TensorDataset(X_val, y_val), batch_size=40)
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
    for epoch in range(epochs):
        model.train()
        losses = []
        for ids, label in train_loader:
            loss = criterion(model(ids.to(device)), label.to(device))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        model.eval()
        lost, right, rows = 0.0, 0, 0
        with torch.no_grad():
            for ids, label in val_loader:
                logits = model(ids.to(device)).cpu()
                lost += criterion(logits, label).item() * len(label)
                right += (logits.argmax(1) == label).sum().item()
                rows += len(label)
        metrics["train_losses"].append(sum(losses) / len(losses))
        metrics["val_losses"].append(lost / rows)
        metrics["val_acc"].append(right / rows)
    return model, metrics
