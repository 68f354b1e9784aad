# expect: IMP005
# data: regression
# held-out: yes

import torch
import torch.optim.schedulers as schedulers
import torch_xla
from torch import nn


class Net(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.a, self.b = nn.Linear(d, 24), nn.Linear(24, 1)

    def forward(self, x):
        return self.b(torch.tanh(self.a(x))).squeeze(1)


def train_model(X_train, y_train, X_val, y_val, device, lr=1e-2, epochs=2, **hyperparams):
    net = Net(X_train.shape[1]).to(device)
    opt = torch.optim.AdamW(net.parameters(), lr=lr)
    plan = schedulers.CosineAnnealingLR(opt, T_max=epochs)
    xt, yt, xv, yv = X_train.to(device), y_train.to(device), X_val.to(device), y_val.to(device)
    metrics = {"train_losses": [], "val_losses": [], "val_metric": []}
    for _ in range(epochs):
        net.train()
        opt.zero_grad()
        loss = nn.functional.mse_loss(net(xt), yt)
        loss.backward()
        opt.step()
        torch_xla.sync()
        plan.step()
        net.eval()
        with torch.no_grad():
            error = nn.functional.mse_loss(net(xv), yv)
        metrics["train_losses"].append(float(loss))
        metrics["val_losses"].append(float(error))
        metrics["val_metric"].append(-float(error))
    return net, metrics
