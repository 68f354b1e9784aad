# category: shape
# data: synthetic:sequence
# target: xla
# expect: training_code
# fails: smoke run, raised in call: RuntimeError
# says: expected input.*to have 2 channels, but got 64 channels
# about: the signal arrives as (batch, channels, length) and is transposed before a Conv1d that wants it so
# twin-score: 0.989
# chance-score: 0.371
# mend: ["self.stem(signal.transpose(1, 2))", "self.stem(signal)"]
# space: {"width": {"default": 24, "type": "Categorical", "categories": [16, 24, 32]}, "learning_rate": {"default": 0.004, "type": "Real", "low": 0.0001, "high": 0.05, "prior": "log-uniform"}, "epochs": {"default": 12, "type": "Integer", "low": 2, "high": 20}}

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch_xla

BATCH = 32


class DilatedNet(nn.Module):
    def __init__(self, width: int, classes: int = 3) -> None:
        super().__init__()
        self.stem = nn.Conv1d(2, width, kernel_size=7, padding=3)
        self.blocks = nn.ModuleList(nn.Conv1d(width, width, kernel_size=3, dilation=d, padding=d) for d in (1, 2, 4))
        self.head = nn.Linear(width, classes)

    def forward(self, signal: torch.Tensor) -> torch.Tensor:
        hidden = F.relu(self.stem(signal.transpose(1, 2)))
        for block in self.blocks:
            hidden = hidden + F.relu(block(hidden))
        return self.head(hidden.mean(dim=2))


def batches(X, y, generator):
    order = torch.randperm(len(X), generator=generator)
    for i in range(len(X) // BATCH):
        rows = order[i * BATCH : (i + 1) * BATCH]
        yield X[rows], y[rows]


def train_model(X_train, y_train, X_val, y_val, device, width=24, learning_rate=0.004, epochs=12, **_):
    generator = torch.Generator().manual_seed(1)
    net = DilatedNet(width).to(device)
    opt = torch.optim.AdamW(net.parameters(), lr=learning_rate)
    history = {"train_losses": [], "val_losses": [], "val_acc": []}
    x_val, t_val = X_val.to(device), y_val.to(device)
    for epoch in range(epochs):
        net.train()
        running = torch.zeros((), device=device)
        steps = 0
        for xb, yb in batches(X_train, y_train, generator):
            xb, yb = xb.to(device), yb.to(device)
            opt.zero_grad()
            loss = F.cross_entropy(net(xb), yb)
            loss.backward()
            opt.step()
            torch_xla.sync()
            running += loss.detach()
            steps += 1
        net.eval()
        with torch.no_grad():
            scores = net(x_val)
            val_loss = F.cross_entropy(scores, t_val)
            accuracy = (scores.argmax(1) == t_val).float().mean()
        torch_xla.sync()
        history["train_losses"].append(float(running) / max(steps, 1))
        history["val_losses"].append(float(val_loss))
        history["val_acc"].append(float(accuracy))
        print(f"epoch {epoch + 1}/{epochs} val_acc={history['val_acc'][-1]:.3f}")
    return net, history
