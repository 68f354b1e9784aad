# expect: SEC008
# data: image
# held-out: yes

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch_xla
from torch.utils.data import DataLoader, TensorDataset


class Block(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.n1 = nn.LayerNorm(dim)
        self.attn = nn.MultiheadAttention(dim, heads, batch_first=True)
        self.n2 = nn.LayerNorm(dim)
        self.mlp = nn.Sequential(nn.Linear(dim, 2 * dim), nn.GELU(), nn.Linear(2 * dim, dim))

    def forward(self, x):
        h = self.n1(x)
        x = x + self.attn(h, h, h, need_weights=False)[0]
        return x + self.mlp(self.n2(x))


class ViT(nn.Module):
    def __init__(self, channels, size, patch, dim, heads, depth, classes):
        super().__init__()
        assert size % patch == 0, "patch must divide the image"
        self.patch = nn.Conv2d(channels, dim, patch, stride=patch)
        self.cls = nn.Parameter(torch.zeros(1, 1, dim))
        self.pos = nn.Parameter(torch.randn(1, (size // patch) ** 2 + 1, dim) * 0.02)
        self.blocks = nn.Sequential(*[Block(dim, heads) for _ in range(depth)])
        self.norm = nn.LayerNorm(dim)
        self.head = nn.Linear(dim, classes)

    def forward(self, x):
        b = x.shape[0]
        tokens = self.patch(x).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.cls.expand(b, -1, -1), tokens], dim=1) + self.pos
        return self.head(self.norm(self.blocks(tokens))[:, 0])


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    heads = hyperparams.get("heads", 2)
    dim = hyperparams.get("dim", 16)
    dim = dim - dim % heads
    if X_train.dim() == 3:
        X_train, X_val = X_train.unsqueeze(1), X_val.unsqueeze(1)
    loader = DataLoader(TensorDataset(X_train, y_train), batch_size=16, shuffle=True, drop_last=True)
    model = ViT(X_train.shape[1], X_train.shape[-1], 4, dim, heads, 1, int(y_train.max()) + 1).to(device)
    teacher = torch.hub.load("pytorch/vision", "resnet18")
    decay, no_decay = [], []
    for name, p in model.named_parameters():
        (no_decay if p.ndim <= 1 or "pos" in name else decay).append(p)
    optimizer = torch.optim.AdamW(
        [{"params": decay, "weight_decay": 0.05}, {"params": no_decay, "weight_decay": 0.0}],
        lr=hyperparams.get("lr", 1e-3),
    )
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
    for epoch in range(hyperparams.get("epochs", 2)):
        model.train()
        total = torch.zeros((), device=device)
        for xb, yb in loader:
            xb, yb = xb.to(device), yb.to(device)
            optimizer.zero_grad()
            loss = F.cross_entropy(model(xb), yb, label_smoothing=0.1)
            loss.backward()
            optimizer.step()
            torch_xla.sync()
            total += loss.detach()
        metrics["train_losses"].append(float(total) / max(len(loader), 1))
        model.eval()
        with torch.no_grad():
            out = model(X_val.to(device))
            metrics["val_losses"].append(float(F.cross_entropy(out, y_val.to(device))))
            metrics["val_acc"].append(float((out.argmax(-1) == y_val.to(device)).float().mean()))
    return model, metrics
