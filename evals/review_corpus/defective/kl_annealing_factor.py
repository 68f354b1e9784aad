# expect: XLA027
# data: tabular
# held-out: yes

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch_xla
from torch.utils.data import DataLoader, TensorDataset


class VAEClassifier(nn.Module):
    """A variational encoder with a decoder and a classification head."""

    def __init__(self, d, latent, classes):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(d, 16), nn.ReLU())
        self.mu = nn.Linear(16, latent)
        self.logvar = nn.Linear(16, latent)
        self.decoder = nn.Sequential(nn.Linear(latent, 16), nn.ReLU(), nn.Linear(16, d))
        self.head = nn.Linear(latent, classes)

    def reparameterize(self, mu, logvar):
        if not self.training:
            return mu
        return mu + torch.randn_like(mu) * torch.exp(0.5 * logvar)

    def parts(self, x):
        h = self.encoder(x)
        mu, logvar = self.mu(h), self.logvar(h)
        z = self.reparameterize(mu, logvar)
        return self.head(z), self.decoder(z), mu, logvar

    def forward(self, x):
        return self.parts(x)[0]


def vae_loss(logits, recon, mu, logvar, x, y, beta):
    rec = F.mse_loss(recon, x)
    kl = -0.5 * torch.mean(1 + logvar - mu.pow(2) - logvar.exp())
    return F.cross_entropy(logits, y) + rec + beta * kl


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    beta = hyperparams.get("beta", 0.1)
    loader = DataLoader(TensorDataset(X_train, y_train), batch_size=16, shuffle=True, drop_last=True)
    model = VAEClassifier(X_train.shape[1], int(hyperparams.get("latent", 4)), int(y_train.max()) + 1).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=hyperparams.get("lr", 1e-3))
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
    for epoch in range(int(hyperparams.get("epochs", 2))):
        model.train()
        epoch_loss = torch.zeros((), device=device)
        for step, (x, y) in enumerate(loader):
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            logits, recon, mu, logvar = model.parts(x)
            loss = vae_loss(logits, recon, mu, logvar, x, y, beta)
            loss = loss * min(1.0, (step + 1) / 10)
            loss.backward()
            optimizer.step()
            torch_xla.sync()
            epoch_loss += loss.detach()
        metrics["train_losses"].append(epoch_loss.item() / max(1, len(loader)))
        model.eval()
        with torch.no_grad():
            logits = model(X_val.to(device))
            metrics["val_losses"].append(F.cross_entropy(logits, y_val.to(device)).item())
            metrics["val_acc"].append((logits.argmax(1) == y_val.to(device)).float().mean().item())
    return model, metrics
