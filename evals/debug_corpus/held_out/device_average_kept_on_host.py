# category: device
# data: synthetic:image
# target: xla
# expect: training_code
# fails: smoke run, raised in call: RuntimeError
# says: XLA tensor|same device|Expected all tensors
# about: a running average of the weights is kept on the host and used with images on the device
# twin-score: 0.989
# chance-score: 0.281
# mend: ["functional_call(model, self.values, (x,))", "functional_call(model, {name: v.to(x.device) for name, v in self.values.items()}, (x,))"]
# space: {"maps": {"default": 12, "type": "Categorical", "categories": [8, 12, 16]}, "decay": {"default": 0.5, "type": "Real", "low": 0.0, "high": 0.95}, "lr": {"default": 0.006, "type": "Real", "low": 0.0005, "high": 0.05, "prior": "log-uniform"}, "epochs": {"default": 12, "type": "Integer", "low": 2, "high": 20}}

import torch
import torch_xla
from torch import nn
from torch.func import functional_call
from torch.utils.data import DataLoader, TensorDataset


class Average:
    """An exponential moving average of a model's parameters."""

    def __init__(self, model, decay):
        self.decay = decay
        self.values = {name: p.detach().cpu().clone() for name, p in model.named_parameters()}

    @torch.no_grad()
    def update(self, model):
        for name, p in model.named_parameters():
            self.values[name].mul_(self.decay).add_(p.detach().cpu(), alpha=1 - self.decay)

    def answer(self, model, x):
        """What the model answers with the averaged parameters."""
        return functional_call(model, self.values, (x,))


def train_model(X_train, y_train, X_val, y_val, device, maps=12, decay=0.5, lr=0.006, epochs=12, **hyperparams):
    model = nn.Sequential(
        nn.Conv2d(1, maps, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(maps, 2 * maps, 3, padding=1), nn.ReLU(),
        nn.AdaptiveMaxPool2d(2), nn.Flatten(), nn.Linear(8 * maps, 4),
    ).to(device)
    average = Average(model, decay)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    loader = DataLoader(TensorDataset(X_train, y_train), batch_size=30, shuffle=True, drop_last=True)
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
    x_val, t_val = X_val.to(device), y_val.to(device)
    for epoch in range(epochs):
        model.train()
        losses = []
        for x, t in loader:
            x, t = x.to(device), t.to(device)
            optimizer.zero_grad()
            loss = criterion(model(x), t)
            loss.backward()
            optimizer.step()
            torch_xla.sync()
            losses.append(loss.detach())
        average.update(model)
        model.eval()
        with torch.no_grad():
            logits = average.answer(model, x_val)
            val_loss, val_acc = criterion(logits, t_val), (logits.argmax(1) == t_val).float().mean()
        torch_xla.sync()
        metrics["train_losses"].append(torch.stack(losses).mean().item())
        metrics["val_losses"].append(val_loss.item())
        metrics["val_acc"].append(val_acc.item())
        print(f"epoch {epoch + 1}/{epochs} val_acc={metrics['val_acc'][-1]:.4f}")
    model.load_state_dict(average.values, strict=False)
    return model, metrics
