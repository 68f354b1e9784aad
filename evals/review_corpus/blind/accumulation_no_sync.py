# expect: XLA001
# data: tabular
# held-out: blind

import torch
from torch import nn
import torch.nn.functional as F


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    steps = int(hyperparams.get("accumulation_steps", 2))
    net = nn.Sequential(nn.Linear(X_train.shape[1], 16), nn.ReLU(), nn.Linear(16, int(y_train.max()) + 1)).to(device)
    optimizer = torch.optim.Adam(net.parameters(), lr=hyperparams.get("lr", 1e-3))
    loader = torch.utils.data.DataLoader(
        torch.utils.data.TensorDataset(X_train, y_train), batch_size=8, shuffle=True, drop_last=True
    )
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
    for epoch in range(int(hyperparams.get("epochs", 2))):
        net.train()
        total = torch.zeros((), device=device)
        optimizer.zero_grad()
        for i, (inputs, targets) in enumerate(loader):
            inputs, targets = inputs.to(device), targets.to(device)
            loss = F.cross_entropy(net(inputs), targets) / steps
            loss.backward()
            if (i + 1) % steps == 0:
                optimizer.step()
                optimizer.zero_grad()
            total += loss.detach() * steps
        metrics["train_losses"].append(total.item() / len(loader))
        net.eval()
        with torch.no_grad():
            out = net(X_val.to(device))
            metrics["val_losses"].append(F.cross_entropy(out, y_val.to(device)).item())
            metrics["val_acc"].append((out.argmax(1) == y_val.to(device)).float().mean().item())
    return net, metrics
