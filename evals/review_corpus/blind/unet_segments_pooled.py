# expect: none
# data: image
# held-out: blind

import typing as t

import torch
from torch import nn
from torch.nn import functional as F
import torch_xla as xla


def block(i: int, o: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(i, o, 3, padding=1), nn.GroupNorm(2, o), nn.SiLU())


class UNet(nn.Module):
    def __init__(self, cin: int, width: int, classes: int):
        super().__init__()
        self.down = nn.ModuleDict({"a": block(cin, width), "b": block(width, 2 * width)})
        self.up = nn.ConvTranspose2d(2 * width, width, 2, stride=2)
        self.merge = block(2 * width, width)
        self.head = nn.Linear(width, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        a = self.down["a"](x)
        b = self.down["b"](F.avg_pool2d(a, 2))
        u = self.up(b)
        if u.shape != a.shape:
            u = F.interpolate(u, size=a.shape[2:])
        return self.head(self.merge(torch.cat((a, u), dim=1)).mean(dim=(2, 3)))


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams) -> t.Tuple[nn.Module, t.Dict[str, list]]:
    def loader(x, y, *, train: bool):
        n, size = len(x), 12
        order = torch.randperm(n) if train else torch.arange(n)
        stop = n // size * size if train else n
        for s in range(0, stop, size):
            rows = order[s:min(s + size, stop)]
            yield x[rows].to(device), y[rows].to(device)

    model = UNet(X_train.shape[1], int(hyperparams.get("width", 4)), int(y_train.max()) + 1).to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=hyperparams.get("lr", 1e-3), weight_decay=0.05)
    metrics: t.Dict[str, list] = {"train_losses": [], "val_losses": [], "val_acc": []}
    for _ in range(int(hyperparams.get("epochs", 2))):
        model.train()
        running, seen = torch.zeros((), device=device), 0
        for x, y in loader(X_train, y_train, train=True):
            optimizer.zero_grad(set_to_none=True)
            flip = torch.rand(x.shape[0], 1, 1, 1, device=device) < 0.5
            x = torch.where(flip, x.flip(-1), x)
            loss = F.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
            xla.sync()
            running += loss.detach()
            seen += 1
        model.eval()
        val, right = torch.zeros((), device=device), torch.zeros((), device=device)
        with torch.no_grad():
            for x, y in loader(X_val, y_val, train=False):
                out = model(x)
                val += F.cross_entropy(out, y, reduction="sum")
                right += (out.argmax(1) == y).sum()
                xla.sync()
        metrics["train_losses"].append(running.item() / seen)
        metrics["val_losses"].append(val.item() / len(y_val))
        metrics["val_acc"].append(right.item() / len(y_val))
    return model, metrics
