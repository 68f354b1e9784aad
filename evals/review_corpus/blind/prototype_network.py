# expect: none
# data: tabular
# held-out: blind

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch_xla


class ProtoNet(nn.Module):
    def __init__(self, d, classes, dim=8):
        super().__init__()
        self.embed = nn.Sequential(nn.Linear(d, 16), nn.ReLU(), nn.Linear(16, dim))
        self.prototypes = nn.Parameter(torch.randn(classes, dim))
        self.log_scale = nn.Parameter(torch.zeros(()))

    def forward(self, x):
        z = self.embed(x)
        distance = torch.cdist(z, self.prototypes)
        return -distance * self.log_scale.exp()


class CenterLoss(nn.Module):
    def __init__(self, weight):
        super().__init__()
        self.weight = weight

    def forward(self, z, centers, y):
        picked = centers.index_select(0, y)
        return self.weight * (z - picked).pow(2).sum(1).mean()


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    torch.manual_seed(0)
    model = ProtoNet(X_train.shape[1], int(y_train.max()) + 1).to(device)
    center = CenterLoss(hyperparams.get("center_weight", 0.01))
    groups = [
        {"params": model.embed.parameters()},
        {"params": [model.prototypes, model.log_scale], "lr": 10 * hyperparams.get("lr", 1e-3)},
    ]
    optimizer = torch.optim.Adam(groups, lr=hyperparams.get("lr", 1e-3))
    loader = torch.utils.data.DataLoader(
        torch.utils.data.TensorDataset(X_train, y_train), batch_size=16, shuffle=True, drop_last=True
    )
    X_val, y_val = X_val.to(device), y_val.to(device)
    train_losses, val_losses, val_acc = [], [], []
    for epoch in range(int(hyperparams.get("epochs", 2))):
        model.train()
        bucket = []
        for xb, yb in loader:
            xb, yb = xb.to(device), yb.to(device)
            optimizer.zero_grad()
            loss = F.cross_entropy(model(xb), yb) + center(model.embed(xb), model.prototypes, yb)
            loss.backward()
            optimizer.step()
            torch_xla.sync()
            bucket.append(loss.detach())
        model.eval()
        with torch.no_grad():
            out = model(X_val)
            vl, va = F.cross_entropy(out, y_val), (out.argmax(1) == y_val).float().mean()
        train_losses.append(torch.stack(bucket).mean().item())
        val_losses.append(vl.item())
        val_acc.append(va.item())
    return model, {"train_losses": train_losses, "val_losses": val_losses, "val_acc": val_acc}
