# category: missing import
# data: synthetic:tokens
# target: cpu
# expect: training_code
# fails: smoke run, raised in call: ImportError
# says: cannot import name 'CosineAnnealingWarmupLR'
# about: a scheduler that torch does not have, imported where it is used
# twin-score: 0.717
# chance-score: 0.525
# mend: ["CosineAnnealingWarmupLR", "CosineAnnealingLR"]
# space: {"d": {"default": 32, "type": "Categorical", "categories": [16, 32, 48]}, "lr": {"default": 0.008, "type": "Real", "low": 0.0002, "high": 0.02, "prior": "log-uniform"}, "epochs": {"default": 24, "type": "Integer", "low": 2, "high": 25}}

import torch
import torch.nn as nn


def make_schedule(optimizer, steps):
    from torch.optim.lr_scheduler import CosineAnnealingWarmupLR

    return CosineAnnealingWarmupLR(optimizer, T_max=steps)


class TinyTransformer(nn.Module):
    def __init__(self, vocab=50, length=24, d=32):
        super().__init__()
        self.tokens, self.places = nn.Embedding(vocab, d), nn.Embedding(length, d)
        self.layer = nn.TransformerEncoderLayer(d, 2, dim_feedforward=2 * d, dropout=0.0, batch_first=True)
        self.head = nn.Linear(d, 2)
        self.register_buffer("index", torch.arange(length))

    def forward(self, x):
        h = self.tokens(x) + self.places(self.index)
        return self.head(self.layer(h).max(dim=1).values)


def train_model(X_train, y_train, X_val, y_val, device, d=32, lr=4e-3, epochs=14, **hyperparams):
    model = TinyTransformer(d=d, length=X_train.shape[1]).to(device)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr, weight_decay=0.01)
    schedule = make_schedule(optimizer, epochs)
    results = {"train_losses": [], "val_losses": [], "val_acc": []}
    for epoch in range(epochs):
        model.train()
        losses = []
        for rows in torch.randperm(len(X_train)).split(50):
            optimizer.zero_grad()
            loss = criterion(model(X_train[rows].to(device)), y_train[rows].to(device))
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        schedule.step()
        model.eval()
        with torch.no_grad():
            logits = model(X_val.to(device)).cpu()
        results["train_losses"].append(sum(losses) / len(losses))
        results["val_losses"].append(criterion(logits, y_val).item())
        results["val_acc"].append((logits.argmax(-1) == y_val).float().mean().item())
        print(f"epoch {epoch + 1}/{epochs} val_acc={results['val_acc'][-1]:.4f}")
    return model, results
