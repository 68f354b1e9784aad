# expect: none
# data: tabular
# held-out: blind

import torch
from torch import nn
import torch_xla


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    micro = 8
    accumulate = int(hyperparams.get("accumulate", 2))
    net = nn.Sequential(nn.Linear(X_train.shape[1], 16), nn.SiLU(), nn.Linear(16, int(y_train.max()) + 1))
    net = net.to(device)
    optim = torch.optim.RMSprop(net.parameters(), lr=hyperparams.get("lr", 1e-3))
    history = dict(train_losses=[], val_losses=[], val_acc=[])
    n_micro = X_train.shape[0] // micro
    for epoch in range(int(hyperparams.get("epochs", 2))):
        net.train()
        permutation = torch.randperm(X_train.shape[0])
        loss_total = torch.zeros(1, device=device)
        optim.zero_grad()
        for k in range(n_micro):
            index = permutation[k * micro : (k + 1) * micro]
            x, t = X_train[index].to(device), y_train[index].to(device)
            loss = nn.functional.cross_entropy(net(x), t) / accumulate
            loss.backward()
            if (k + 1) % accumulate == 0 or k + 1 == n_micro:
                nn.utils.clip_grad_value_(net.parameters(), 1.0)
                optim.step()
                optim.zero_grad()
            torch_xla.sync()
            loss_total += loss.detach() * accumulate
        history["train_losses"].append(loss_total.item() / n_micro)
        net.eval()
        with torch.inference_mode():
            z = net(X_val.to(device)).cpu()
        history["val_losses"].append(nn.functional.cross_entropy(z, y_val).item())
        history["val_acc"].append(z.argmax(1).eq(y_val).float().mean().item())
    return net, history
