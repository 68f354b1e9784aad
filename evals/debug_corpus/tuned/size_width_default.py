# category: constraint
# data: synthetic:tabular
# target: cpu
# expect: bo_config
# fails: size limit
# says: KB is the limit
# about: the default width makes a model of more than a megabyte
# size-limit-kb: 128
# twin-score: 0.967
# chance-score: 0.367
# mend: ["\"default\": 512", "\"default\": 64"]
# space: {"width": {"default": 512, "type": "Categorical", "categories": [32, 64, 128, 256, 512]}, "depth": {"default": 2, "type": "Integer", "low": 1, "high": 3}, "lr": {"default": 0.002, "type": "Real", "low": 0.0001, "high": 0.02, "prior": "log-uniform"}, "epochs": {"default": 10, "type": "Integer", "low": 3, "high": 20}, "quantization_bits": {"default": 32, "type": "Categorical", "categories": [8, 16, 32]}}

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Residual(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.inner = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, width), nn.GELU())

    def forward(self, x):
        return x + self.inner(x)


def train_model(X_train, y_train, X_val, y_val, device, width=64, depth=2, lr=0.002, epochs=10, **hyperparams):
    model = nn.Sequential(nn.Linear(12, width), *(Residual(width) for _ in range(depth)), nn.Linear(width, 3)).to(
        device
    )
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr)
    criterion = nn.CrossEntropyLoss()
    loader = DataLoader(TensorDataset(X_train, y_train), batch_size=64, shuffle=True, drop_last=True)
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
    for epoch in range(epochs):
        model.train()
        batch_losses = []
        for xb, yb in loader:
            optimizer.zero_grad()
            loss = criterion(model(xb.to(device)), yb.to(device))
            loss.backward()
            optimizer.step()
            batch_losses.append(loss.item())
        model.eval()
        with torch.no_grad():
            out = model(X_val.to(device)).cpu()
        metrics["train_losses"].append(sum(batch_losses) / len(batch_losses))
        metrics["val_losses"].append(criterion(out, y_val).item())
        metrics["val_acc"].append((out.argmax(1) == y_val).float().mean().item())
    return model, metrics
