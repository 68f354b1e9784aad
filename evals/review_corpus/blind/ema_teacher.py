# expect: none
# data: tabular
# held-out: blind

import copy

import torch
import torch.nn as nn
import torch_xla


class EMA:
    def __init__(self, model, decay=0.98):
        self.shadow = copy.deepcopy(model).eval()
        for p in self.shadow.parameters():
            p.requires_grad_(False)
        self.decay = decay

    @torch.no_grad()
    def update(self, model):
        for ema, live in zip(self.shadow.parameters(), model.parameters()):
            ema.mul_(self.decay).add_(live.detach(), alpha=1 - self.decay)


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    features = X_train.shape[1]
    classes = int(y_train.max()) + 1
    model = nn.Sequential(nn.Linear(features, 20), nn.LayerNorm(20), nn.ReLU(), nn.Linear(20, classes)).to(device)
    ema = EMA(model)
    opt = torch.optim.Adam(model.parameters(), lr=hyperparams.get("lr", 3e-3))
    loss_fn = nn.CrossEntropyLoss(label_smoothing=0.05)
    ds = torch.utils.data.TensorDataset(X_train, y_train)
    dl = torch.utils.data.DataLoader(ds, batch_size=24, shuffle=True, drop_last=True)
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
    for epoch in range(int(hyperparams.get("epochs", 2))):
        model.train()
        agg = []
        for xb, yb in dl:
            xb, yb = xb.to(device), yb.to(device)
            loss = loss_fn(model(xb), yb)
            opt.zero_grad()
            loss.backward()
            opt.step()
            ema.update(model)
            torch_xla.sync()
            agg.append(loss.detach())
        metrics["train_losses"].append(sum(v.item() for v in agg) / len(agg))
        with torch.no_grad():
            out = ema.shadow(X_val.to(device))
            metrics["val_losses"].append(loss_fn(out, y_val.to(device)).item())
            metrics["val_acc"].append((out.argmax(1) == y_val.to(device)).float().mean().item())
    return ema.shadow, metrics
