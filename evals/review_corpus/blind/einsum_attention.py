# expect: none
# data: sequence
# held-out: blind

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn
import torch_xla.core.xla_model as xm


class Shape(NamedTuple):
    heads: int
    head_dim: int

    @property
    def width(self) -> int:
        return self.heads * self.head_dim


class Attention(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.qkv = nn.Linear(shape.width, 3 * shape.width, bias=False)
        self.proj = nn.Linear(shape.width, shape.width)

    def forward(self, x: Tensor) -> Tensor:
        b, n, _ = x.shape
        qkv = self.qkv(x).view(b, n, 3, self.shape.heads, self.shape.head_dim)
        q, k, v = qkv.unbind(dim=2)
        scores = torch.einsum("bihd,bjhd->bhij", q, k) / math.sqrt(self.shape.head_dim)
        weights = scores.softmax(dim=-1)
        return self.proj(torch.einsum("bhij,bjhd->bihd", weights, v).reshape(b, n, self.shape.width))


class Classifier(nn.Module):
    def __init__(self, channels: int, length: int, shape: Shape, classes: int) -> None:
        super().__init__()
        self.embed = nn.Linear(channels, shape.width)
        self.position = nn.Parameter(torch.randn(1, length, shape.width) * 0.02)
        self.layers = nn.ModuleList(Attention(shape) for _ in range(2))
        self.norms = nn.ModuleList(nn.LayerNorm(shape.width) for _ in range(2))
        self.head = nn.Linear(shape.width, classes)

    def forward(self, x: Tensor) -> Tensor:
        h = self.embed(x) + self.position
        for layer, norm in zip(self.layers, self.norms):
            h = h + layer(norm(h))
        return self.head(h.mean(dim=1))


def accuracy(logits: Tensor, y: Tensor) -> float:
    return (logits.argmax(dim=1) == y).float().mean().item()


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    shape = Shape(int(hyperparams.get("heads", 2)), int(hyperparams.get("head_dim", 8)))
    model = Classifier(X_train.shape[2], X_train.shape[1], shape, int(y_train.max()) + 1).to(device)
    opt = torch.optim.AdamW(model.parameters(), lr=hyperparams.get("lr", 2e-3))
    criterion = nn.CrossEntropyLoss()
    data = torch.utils.data.TensorDataset(X_train, y_train)
    loader = torch.utils.data.DataLoader(data, batch_size=int(hyperparams.get("bs", 16)), shuffle=True, drop_last=True)
    curves: dict[str, list[float]] = {"train_losses": [], "val_losses": [], "val_acc": []}
    for _ in range(int(hyperparams.get("epochs", 2))):
        model.train()
        total = torch.zeros((), device=device)
        for x, y in loader:
            x, y = x.to(device, non_blocking=True), y.to(device, non_blocking=True)
            opt.zero_grad()
            (loss := criterion(model(x), y)).backward()
            xm.optimizer_step(opt)
            xm.mark_step()
            total.add_(loss.detach())
        curves["train_losses"].append(total.item() / len(loader))
        with torch.no_grad():
            model.eval()
            logits = model(X_val.to(device)).cpu()
        curves["val_losses"].append(criterion(logits, y_val).item())
        curves["val_acc"].append(accuracy(logits, y_val))
    return model, curves
