# category: wrong key
# data: synthetic:image
# target: cpu
# expect: training_code
# fails: smoke run, raised in call: KeyError
# says: pool_2
# about: layers are stored as pool2 and asked for as pool_2
# twin-score: 1.000
# chance-score: 0.281
# mend: ["self.layers[f\"pool_{k}\"]", "self.layers[f\"pool{k}\"]"]
# space: {"lr": {"default": 0.006, "type": "Real", "low": 0.0005, "high": 0.05, "prior": "log-uniform"}, "epochs": {"default": 14, "type": "Integer", "low": 2, "high": 25}}

import torch
import torch.nn as nn
import torch.nn.functional as F


class Staged(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleDict({
            "conv1": nn.Conv2d(1, 12, 5, padding=2), "conv2": nn.Conv2d(12, 24, 3, padding=1),
            "pool1": nn.MaxPool2d(2), "pool2": nn.AdaptiveMaxPool2d(2),
        })
        self.out = nn.Linear(96, 4)

    def forward(self, x):
        for k in (1, 2):
            x = F.relu(self.layers[f"conv{k}"](x))
            x = self.layers["pool1"](x) if k == 1 else self.layers[f"pool_{k}"](x)
        return self.out(x.flatten(1))


def train_model(X_train, y_train, X_val, y_val, device, lr=0.006, epochs=14, **hyperparams):
    net = Staged().to(device)
    optimizer = torch.optim.AdamW(net.parameters(), lr=lr)
    schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.95)
    history = dict(train_losses=[], val_losses=[], val_acc=[])
    for _ in range(epochs):
        net.train()
        mean_loss, n = 0.0, 0
        for rows in torch.randperm(len(X_train)).split(32):
            loss = F.cross_entropy(net(X_train[rows].to(device)), y_train[rows].to(device))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            n += 1
            mean_loss += (loss.item() - mean_loss) / n
        schedule.step()
        net.eval()
        with torch.no_grad():
            z = net(X_val.to(device)).cpu()
        history["train_losses"].append(mean_loss)
        history["val_losses"].append(F.cross_entropy(z, y_val).item())
        history["val_acc"].append((z.argmax(1) == y_val).float().mean().item())
    return net, history
