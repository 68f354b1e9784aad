# category: leak
# data: synthetic:tabular
# target: xla
# expect: training_code
# fails: smoke run, raised in export: ContractError
# says: changes with the other rows of its batch
# about: features are whitened with the statistics of whatever rows come together, those that are judged too
# twin-score: 0.958
# chance-score: 0.367
# mend: ["x = (x - x.mean(dim=0)) / (x.std(dim=0) + 1e-5)", "x = self.norm(x)"]
# space: {"units": {"default": 32, "type": "Categorical", "categories": [16, 32, 64]}, "lr": {"default": 0.01, "type": "Real", "low": 0.0005, "high": 0.05, "prior": "log-uniform"}, "epochs": {"default": 12, "type": "Integer", "low": 2, "high": 20}}

import torch
import torch_xla
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Whitened(nn.Module):
    def __init__(self, features, units):
        super().__init__()
        self.norm = nn.BatchNorm1d(features, affine=False)
        self.layers = nn.Sequential(nn.Linear(features, units), nn.ReLU(), nn.Linear(units, 3))

    def forward(self, x):
        x = (x - x.mean(dim=0)) / (x.std(dim=0) + 1e-5)
        return self.layers(x)


def train_model(X_train, y_train, X_val, y_val, device, units=32, lr=0.01, epochs=12, **hyperparams):
    model = Whitened(X_train.shape[1], units).to(device)
    loss_fn = nn.CrossEntropyLoss()
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr, weight_decay=1e-3)
    loader = DataLoader(TensorDataset(X_train, y_train), batch_size=50, shuffle=True, drop_last=True)
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
    x_val, y_true = X_val.to(device), y_val.to(device)
    for epoch in range(epochs):
        model.train()
        kept = []
        for xb, yb in loader:
            xb, yb = xb.to(device), yb.to(device)
            optimizer.zero_grad()
            loss = loss_fn(model(xb), yb)
            loss.backward()
            optimizer.step()
            torch_xla.sync()
            kept.append(loss.detach())
        model.eval()
        with torch.no_grad():
            z = model(x_val)
            lost, right = loss_fn(z, y_true), (z.argmax(1) == y_true).float().mean()
        torch_xla.sync()
        metrics["train_losses"].append(float(torch.stack(kept).mean()))
        metrics["val_losses"].append(float(lost))
        metrics["val_acc"].append(float(right))
        print(f"epoch {epoch + 1}/{epochs} val_acc={metrics['val_acc'][-1]:.3f}")
    return model, metrics
