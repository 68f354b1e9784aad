# expect: IMP002 SEC002 SEC009
# data: tabular
# held-out: blind

import os

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch_xla
from pytorch_lightning.loggers import CSVLogger


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    logger = CSVLogger("logs", name="run")
    net = nn.Sequential(nn.Linear(X_train.shape[1], 16), nn.ReLU(), nn.Linear(16, int(y_train.max()) + 1)).to(device)
    opt = torch.optim.Adam(net.parameters(), lr=hyperparams.get("lr", 1e-3))
    os.makedirs("checkpoints", exist_ok=True)
    loader = torch.utils.data.DataLoader(
        torch.utils.data.TensorDataset(X_train, y_train), batch_size=16, shuffle=True, drop_last=True
    )
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
    for epoch in range(2):
        net.train()
        ls = []
        for x, y in loader:
            x, y = x.to(device), y.to(device)
            opt.zero_grad()
            loss = F.cross_entropy(net(x), y)
            loss.backward()
            opt.step()
            torch_xla.sync()
            ls.append(loss.detach())
        metrics["train_losses"].append(torch.stack(ls).mean().item())
        net.eval()
        with torch.no_grad():
            z = net(X_val.to(device))
            metrics["val_losses"].append(F.cross_entropy(z, y_val.to(device)).item())
            metrics["val_acc"].append((z.argmax(1) == y_val.to(device)).float().mean().item())
        logger.log_metrics({"loss": metrics["train_losses"][-1]}, step=epoch)
        torch.save(net.state_dict(), os.path.join("checkpoints", f"epoch{epoch}.pt"))
    return net, metrics
