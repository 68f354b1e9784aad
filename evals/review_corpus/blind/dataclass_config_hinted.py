# expect: none
# data: sequence
# held-out: blind

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch_xla

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Config:
    lr: float = 1e-3
    channels: int = 12
    kernel_size: int = 5
    dropout: float = 0.1
    batch_size: int = 16
    epochs: int = 2

    @classmethod
    def from_hyperparams(cls, values: dict[str, object]) -> Config:
        known = {f.name for f in fields(cls)}
        return replace(cls(), **{k: v for k, v in values.items() if k in known})


class TemporalBlock(nn.Module):
    def __init__(self, cin: int, cout: int, kernel: int, dilation: int, p: float) -> None:
        super().__init__()
        self.pad = (kernel - 1) * dilation
        self.conv = nn.Conv1d(cin, cout, kernel, dilation=dilation)
        self.drop = nn.Dropout(p)
        self.skip = nn.Conv1d(cin, cout, 1) if cin != cout else nn.Identity()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h = F.pad(x, (self.pad, 0))
        return F.relu(self.drop(self.conv(h)) + self.skip(x))


class TCN(nn.Module):
    def __init__(self, cfg: Config, features: int, classes: int) -> None:
        super().__init__()
        widths = [features] + [cfg.channels] * 3
        self.net = nn.Sequential(
            *(
                TemporalBlock(a, b, cfg.kernel_size, 2**i, cfg.dropout)
                for i, (a, b) in enumerate(zip(widths[:-1], widths[1:]))
            )
        )
        self.out = nn.Linear(cfg.channels, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.out(self.net(x.transpose(1, 2))[..., -1])


def iterate(x: torch.Tensor, y: torch.Tensor, size: int, device) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    order = torch.randperm(x.shape[0])
    for start in range(0, x.shape[0] - size + 1, size):
        rows = order[start : start + size]
        yield x[rows].to(device), y[rows].to(device)


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    cfg = Config.from_hyperparams(hyperparams)
    model = TCN(cfg, X_train.shape[2], int(y_train.max()) + 1).to(device)
    optimizer = torch.optim.NAdam(model.parameters(), lr=cfg.lr)
    train_losses: list[float] = []
    val_losses: list[float] = []
    val_acc: list[float] = []
    for epoch in range(cfg.epochs):
        model.train()
        step_losses: list[torch.Tensor] = []
        for xb, yb in iterate(X_train, y_train, cfg.batch_size, device):
            optimizer.zero_grad(set_to_none=True)
            loss = F.cross_entropy(model(xb), yb)
            loss.backward()
            optimizer.step()
            torch_xla.sync()
            step_losses.append(loss.detach())
        model.eval()
        with torch.inference_mode():
            logits = model(X_val.to(device))
            truth = y_val.to(device)
            val_losses.append(F.cross_entropy(logits, truth).item())
            val_acc.append((logits.argmax(1) == truth).float().mean().item())
        train_losses.append(torch.stack(step_losses).mean().item())
        logger.info("epoch %d: %.4f %.4f", epoch, train_losses[-1], val_acc[-1])
    return model, dict(train_losses=train_losses, val_losses=val_losses, val_acc=val_acc)
