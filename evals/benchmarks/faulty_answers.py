"""What a middling language model answers as coder, reviewer and debugger: mostly right, sometimes with a usual slip."""

import json
import random

SPACE = {
    "lr": {"default": 0.02, "type": "Real", "low": 0.001, "high": 0.1, "prior": "log-uniform"},
    "width": {"default": 16, "type": "Categorical", "categories": [8, 16]},
    "epochs": {"default": 6, "type": "Integer", "low": 2, "high": 8},
    "quantization_bits": {"default": 8, "type": "Categorical", "categories": [8, 16, 32]},
}
PROGRAM = """import torch
from torch import nn


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    width = int(hyperparams.get("width", 16))
    model = nn.Sequential(nn.Linear(X_train.shape[1], width), nn.ReLU(), nn.Linear(width, 3)).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=float(hyperparams.get("lr", 0.02)))
    loss_function = nn.CrossEntropyLoss()
    X_train, y_train, X_val, y_val = X_train.to(device), y_train.to(device), X_val.to(device), y_val.to(device)
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
    epochs = int(hyperparams.get("epochs", 6))
    for epoch in range(epochs):
        model.train()
        for _ in range(10):
            optimizer.zero_grad()
            loss = loss_function(model(X_train), y_train)
            loss.backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            logits = model(X_val)
            val_loss = loss_function(logits, y_val).item()
            val_acc = (logits.argmax(1) == y_val).float().mean().item()
        metrics["train_losses"].append(loss.item())
        metrics["val_losses"].append(val_loss)
        metrics["val_acc"].append(val_acc)
        print(f"epoch {epoch + 1}/{epochs} val_loss={val_loss:.4f} val_acc={val_acc:.4f}")
    return model, metrics
"""
"""For the three classes of the iris flowers."""
SLIPS = (
    ("nn.Linear(X_train.shape[1], width)", "nn.Linear(X_train.shape[1] + 1, width)"),
    ('"val_acc": []}', '"accuracy": []}'),
    ("loss_function(model(X_train), y_train)", "loss_function(model(X_train), y_train.float())"),
    ("    return model, metrics", "    return model"),
    ("loss.backward()", "loss.backwards()"),
    ("    model.train()\n", "    model.train()\n        raise ValueError('not done yet')\n"),
    ("import torch\n", "import torch\nimport lightning_gym\n"),
    ("return model, metrics", "return model, metrics)"),
    ("nn.Linear(width, 3)", "nn.Linear(width, 2)"),
)
"""Text and what a model writes in its place; the run-time faults are for the debugger, the others for re-asking."""
SLIPPING = 0.3
"""How often a program or a correction is wrong."""


def answer(role: str, draw: random.Random) -> str:
    """What the model says when nothing is wrong with its provider."""
    if role == "reviewer":
        return draw.choice([_review([]), _review([]), _review(["the loss could be smoothed"])])
    code = _program(draw)
    if role == "debugger":
        return _fenced("json", {"kind": "training_code", "explanation": "mended"}) + f"\n```python\n{code}```\n"
    about = {"model_name": "SmallNet", "confidence": 0.8, "bo_config": SPACE, "reasons": ["few rows"]}
    return f"Here is the module.\n```python\n{code}```\n" + _fenced("json", about)


def _program(draw: random.Random) -> str:
    if draw.random() >= SLIPPING:
        return PROGRAM
    right, wrong = draw.choice(SLIPS)
    return PROGRAM.replace(right, wrong)


def _review(notes: list[str]) -> str:
    return _fenced("json", {"issues": [{"severity": "note", "message": text} for text in notes]})


def _fenced(kind: str, content: object) -> str:
    return f"```{kind}\n{json.dumps(content)}\n```\n"
