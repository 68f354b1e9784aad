# expect: TRN008
# data: tokens
# held-out: yes

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch_xla


class CausalBlock(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)
        self.norm = nn.LayerNorm(dim)

    def forward(self, x):
        b, t, d = x.shape
        q, k, v = self.qkv(self.norm(x)).chunk(3, dim=-1)
        q, k, v = (z.view(b, t, self.heads, d // self.heads).transpose(1, 2) for z in (q, k, v))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return x + self.proj(y.transpose(1, 2).reshape(b, t, d))


class TokenModel(nn.Module):
    def __init__(self, vocab, length, dim, heads, classes):
        super().__init__()
        self.tok = nn.Embedding(vocab, dim)
        self.pos = nn.Embedding(length, dim)
        self.block = CausalBlock(dim, heads)
        self.head = nn.Linear(dim, classes)

    def forward(self, idx):
        positions = torch.arange(idx.size(1), device=idx.device)
        x = self.tok(idx) + self.pos(positions)
        return self.head(self.block(x).mean(1))


def batches(X, y, size, generator):
    order = torch.randperm(len(X), generator=generator)
    for k in range(len(X) // size):
        rows = order[k * size:(k + 1) * size]
        yield X[rows], y[rows]


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    heads = int(hyperparams.get("heads", 2))
    dim = heads * int(hyperparams.get("head_dim", 4))
    vocab = int(max(X_train.max(), X_val.max())) + 1
    model = TokenModel(vocab, X_train.shape[1], dim, heads, int(y_train.max()) + 1).to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=hyperparams.get("lr", 1e-3))
    generator = torch.Generator().manual_seed(0)
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
    for epoch in range(int(hyperparams.get("epochs", 2))):
        model.train()
        total, count = torch.zeros((), device=device), 0
        for xb, yb in batches(X_train, y_train, 16, generator):
            xb, yb = xb.to(device), yb.to(device)
            optimizer.zero_grad()
            loss = F.cross_entropy(model(xb), yb)
            loss.backward()
            optimizer.step()
            torch_xla.sync()
            total += loss.detach()
            count += 1
        metrics["train_losses"].append(float(total) / max(count, 1))
        for xb, yb in batches(X_val, y_val, 16, generator):
            xb, yb = xb.to(device), yb.to(device)
            optimizer.zero_grad()
            loss = F.cross_entropy(model(xb), yb)
            loss.backward()
            optimizer.step()
            torch_xla.sync()
        model.eval()
        with torch.no_grad():
            logits = model(X_val.to(device))
            metrics["val_losses"].append(float(F.cross_entropy(logits, y_val.to(device))))
            metrics["val_acc"].append(float((logits.argmax(1) == y_val.to(device)).float().mean()))
    return model, metrics
