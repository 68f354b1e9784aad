"""The module that every rule's example is put into, one slot at a time."""

import textwrap

from tools.review.rule import Example

DEFAULTS = {
    "top": "",
    "net": """
class Net(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(width, 16), nn.ReLU(), nn.Dropout(0.1), nn.Linear(16, 3))

    def forward(self, x):
        return self.layers(x)
""",
    "loader": """
dataset = TensorDataset(X_train, y_train)
train_loader = DataLoader(dataset, batch_size=16, shuffle=True, drop_last=len(dataset) > 16)
""",
    "setup": """
model = Net(X_train.shape[1]).to(device)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=hyperparams.get("lr", 1e-3))
""",
    "step": """
xb, yb = xb.to(device), yb.to(device)
optimizer.zero_grad()
loss = criterion(model(xb), yb)
loss.backward()
optimizer.step()
torch_xla.sync()
total += loss.detach()
""",
    "validate": """
model.eval()
with torch.no_grad():
    logits = model(X_val.to(device))
    metrics["val_losses"].append(float(criterion(logits, y_val.to(device))))
    metrics["val_acc"].append(float((logits.argmax(1) == y_val.to(device)).float().mean()))
""",
    "end": "return model, metrics",
    "body": "",
    "module": "",
}

_HEAD = """import copy
import math

import torch
import torch.nn.functional as F
import torch_xla
import torch_xla.core.xla_model as xm
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
"""


def scaffold(slot: str, code: str) -> str:
    """A whole module with `code` in `slot` and working code in the others."""
    if slot == "module":
        return code
    parts = {**DEFAULTS, slot: code}
    net = "" if slot == "body" else parts["net"].strip("\n")
    lines = [_HEAD, parts["top"].strip("\n"), "", net, "", ""]
    lines.append("def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):")
    if slot == "body":
        lines.append(_indent(parts["body"], 4))
        return "\n".join(lines) + "\n"
    lines += [
        '    epochs = int(hyperparams.get("epochs", 2))',
        _indent(parts["loader"], 4),
        _indent(parts["setup"], 4),
        '    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}',
        "    for epoch in range(epochs):",
        "        model.train()",
        "        total = torch.zeros((), device=device)",
        "        for index, (xb, yb) in enumerate(train_loader):",
        _indent(parts["step"], 12),
        '        metrics["train_losses"].append(float(total) / max(len(train_loader), 1))',
        _indent(parts["validate"], 8),
        _indent(parts["end"], 4),
    ]
    return "\n".join(lines) + "\n"


def bad_module(example: Example) -> str:
    return scaffold(example.slot, example.bad)


def good_module(example: Example) -> str:
    return scaffold(example.slot, example.good)


def _indent(code: str, width: int) -> str:
    return textwrap.indent(code.strip("\n"), " " * width)
