# expect: none
# data: tabular
# held-out: no

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch_xla
from torch.utils.data import DataLoader, TensorDataset


class Generator(nn.Module):
    def __init__(self, noise, d):
        super().__init__()
        self.noise = noise
        self.net = nn.Sequential(nn.Linear(noise, 16), nn.ReLU(), nn.Linear(16, d))

    def forward(self, n, device):
        z = torch.randn(n, self.noise, device=device)
        return self.net(z)


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    """A classifier with an extra class for generated rows (semi-supervised GAN)."""
    classes = int(y_train.max()) + 1
    clf = nn.Sequential(nn.Linear(X_train.shape[1], 24), nn.LeakyReLU(0.2), nn.Linear(24, classes + 1)).to(device)
    gen = Generator(4, X_train.shape[1]).to(device)
    opt_c = torch.optim.Adam(clf.parameters(), lr=hyperparams.get("lr", 1e-3))
    opt_g = torch.optim.Adam(gen.parameters(), lr=hyperparams.get("lr_g", 1e-3))
    batch = 16
    loader = DataLoader(TensorDataset(X_train, y_train), batch_size=batch, shuffle=True, drop_last=True)
    fake_label = torch.full((batch,), classes, dtype=torch.long, device=device)
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
    for epoch in range(int(hyperparams.get("epochs", 2))):
        clf.train()
        total = torch.zeros((), device=device)
        for x, y in loader:
            x, y = x.to(device), y.to(device)
            fake = gen(batch, device)
            opt_c.zero_grad()
            loss = F.cross_entropy(clf(x), y) + 0.5 * F.cross_entropy(clf(fake.detach()), fake_label)
            loss.backward()
            opt_c.step()
            opt_g.zero_grad()
            g_loss = -F.cross_entropy(clf(fake), fake_label)
            g_loss.backward()
            opt_g.step()
            torch_xla.sync()
            total += loss.detach()
        metrics["train_losses"].append(total.item() / max(len(loader), 1))
        clf.eval()
        with torch.no_grad():
            logits = clf(X_val.to(device))[:, :classes]
            metrics["val_losses"].append(F.cross_entropy(logits, y_val.to(device)).item())
            metrics["val_acc"].append((logits.argmax(1) == y_val.to(device)).float().mean().item())
    return clf, metrics
