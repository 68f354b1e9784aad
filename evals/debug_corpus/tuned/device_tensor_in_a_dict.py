# category: device
# data: synthetic:regression
# target: xla
# expect: training_code
# fails: smoke run, raised in call: RuntimeError
# says: XLA tensor|same device
# about: random Fourier frequencies kept in a dict stay on the host when the model is moved
# twin-score: 0.683
# chance-score: 0.000
# mend: ["self.basis = {\"frequencies\": torch.randn(features, count)}", "self.register_buffer(\"frequencies\", torch.randn(features, count)); self.basis = self._buffers"]
# space: {"count": {"default": 32, "type": "Categorical", "categories": [16, 32, 64]}, "lr": {"default": 0.01, "type": "Real", "low": 0.001, "high": 0.05, "prior": "log-uniform"}, "epochs": {"default": 20, "type": "Integer", "low": 5, "high": 40}}

import math

import torch
from torch import nn
import torch_xla


class FourierRegressor(nn.Module):
    """A linear model over fixed random sines (Rahimi & Recht 2007) beside a small network."""

    def __init__(self, features, count):
        super().__init__()
        self.basis = {"frequencies": torch.randn(features, count)}
        self.read = nn.Linear(2 * count, 1)
        self.net = nn.Sequential(nn.Linear(features, 48), nn.ReLU(), nn.Linear(48, 48), nn.ReLU(), nn.Linear(48, 1))

    def forward(self, x):
        angle = x @ self.basis["frequencies"] / math.sqrt(x.shape[1])
        waves = torch.cat([angle.sin(), angle.cos()], dim=1)
        return (self.read(waves) + self.net(x)).squeeze(1)


def train_model(X_train, y_train, X_val, y_val, device, count=32, lr=0.01, epochs=20, **ignored):
    mean, spread = y_train.mean(), y_train.std()
    model = FourierRegressor(X_train.shape[1], count).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    metrics = {"train_losses": [], "val_losses": [], "val_metric": []}
    goal = ((y_train - mean) / spread).to(device)
    rows, x_val, y_held = X_train.to(device), X_val.to(device), ((y_val - mean) / spread).to(device)
    for epoch in range(epochs):
        model.train()
        for _ in range(8):
            optimizer.zero_grad()
            loss = torch.mean((model(rows) - goal) ** 2)
            loss.backward()
            optimizer.step()
            torch_xla.sync()
        model.eval()
        with torch.no_grad():
            error = torch.mean((model(x_val) - y_held) ** 2)
        torch_xla.sync()
        metrics["train_losses"].append(float(loss))
        metrics["val_losses"].append(float(error))
        metrics["val_metric"].append(1.0 - float(error))
        print(f"epoch {epoch + 1}/{epochs} val_loss={metrics['val_losses'][-1]:.4f}")
    return Rescaled(model, float(mean), float(spread)), metrics


class Rescaled(nn.Module):
    """Answers in the target's own units."""

    def __init__(self, model, mean, spread):
        super().__init__()
        self.model, self.mean, self.spread = model, mean, spread

    def forward(self, x):
        return self.model(x) * self.spread + self.mean
