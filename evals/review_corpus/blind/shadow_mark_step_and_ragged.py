# expect: XLA022
# data: image
# held-out: blind

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch_xla.core.xla_model as xm


class Augmented(torch.utils.data.Dataset):
    def __init__(self, x, y):
        self.x, self.y = x, y

    def __len__(self):
        return self.x.shape[0]

    def __getitem__(self, i):
        x = self.x[i]
        if torch.rand(()) < 0.5:
            x = x.flip(-1)
        return x, self.y[i]


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    net = nn.Sequential(nn.Flatten(), nn.Linear(X_train[0].numel(), 16), nn.ReLU(), nn.Linear(16, int(y_train.max()) + 1))
    net = net.to(device)
    opt = torch.optim.AdamW(net.parameters(), lr=hyperparams.get("lr", 1e-3))
    train_loader = torch.utils.data.DataLoader(
        Augmented(X_train, y_train), batch_size=int(hyperparams.get("batch_size", 32)), shuffle=True
    )
    hist = {"train_losses": [], "val_losses": [], "val_acc": []}
    for _ in range(2):
        net.train()
        tot = torch.zeros((), device=device)
        for xb, yb in train_loader:
            xb, yb = xb.to(device), yb.to(device)
            opt.zero_grad()
            loss = F.cross_entropy(net(xb), yb)
            loss.backward()
            xm.optimizer_step(opt)
            xm.mark_step()
            tot += loss.detach()
        hist["train_losses"].append(tot.item() / len(train_loader))
        net.eval()
        with torch.no_grad():
            z = net(X_val.to(device))
            hist["val_losses"].append(F.cross_entropy(z, y_val.to(device)).item())
            hist["val_acc"].append((z.argmax(1) == y_val.to(device)).float().mean().item())
    return net, hist
