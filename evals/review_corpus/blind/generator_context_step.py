# expect: none
# data: tabular
# held-out: blind

import contextlib
import itertools

import torch
import torch_xla
from torch import nn


@contextlib.contextmanager
def evaluating(net):
    was = net.training
    net.eval()
    try:
        with torch.no_grad():
            yield net
    finally:
        net.train(was)


def forever(loader, device):
    for _ in itertools.count():
        for x, y in loader:
            yield x.to(device), y.to(device)


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    net = nn.Sequential(nn.Linear(X_train.shape[1], 16), nn.Mish(), nn.Linear(16, int(y_train.max()) + 1)).to(device)
    opt = torch.optim.RAdam(net.parameters(), lr=hyperparams.get("lr", 5e-3))
    loader = torch.utils.data.DataLoader(
        torch.utils.data.TensorDataset(X_train, y_train), batch_size=16, shuffle=True, drop_last=True
    )
    steps = int(hyperparams.get("steps", 6))
    every = len(loader)
    stream = forever(loader, device)
    kept, out = [], {"train_losses": [], "val_losses": [], "val_acc": []}
    net.train()
    for step, (x, y) in enumerate(itertools.islice(stream, steps), start=1):
        opt.zero_grad()
        loss = nn.functional.cross_entropy(net(x), y)
        loss.backward()
        opt.step()
        torch_xla.sync()
        kept.append(loss.detach())
        if step % every == 0:
            out["train_losses"].append(torch.stack(kept).mean().item())
            kept.clear()
            with evaluating(net):
                logits = net(X_val.to(device))
                truth = y_val.to(device)
                out["val_losses"].append(nn.functional.cross_entropy(logits, truth).item())
                out["val_acc"].append((logits.argmax(1) == truth).float().mean().item())
    return net, out
