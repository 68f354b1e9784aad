# category: time-out
# data: synthetic:tabular
# target: cpu
# expect: training_code
# fails: smoke run, timed_out
# about: a thread fills a queue of batches and forgets to say that it is done, so that the reader waits for ever
# limits: {"wall_s": 20}
# twin-score: 0.975
# chance-score: 0.367
# mend: ["        # the consumer stops at None", "        self.queue.put(None)"]
# space: {"lr": {"default": 0.01, "type": "Real", "low": 0.001, "high": 0.1, "prior": "log-uniform"}, "epochs": {"default": 12, "type": "Integer", "low": 2, "high": 20}}

import queue
import threading

import torch
from torch import nn


class Prefetcher:
    """Prepares shuffled batches in a thread."""

    def __init__(self, X, y, size):
        self.X, self.y, self.size = X, y, size
        self.queue = queue.Queue(maxsize=4)

    def _fill(self):
        for rows in torch.randperm(len(self.X)).split(self.size):
            self.queue.put((self.X[rows], self.y[rows]))
        # the consumer stops at None

    def __iter__(self):
        threading.Thread(target=self._fill, daemon=True).start()
        while (batch := self.queue.get()) is not None:
            yield batch


def train_model(X_train, y_train, X_val, y_val, device, lr=0.01, epochs=12, **hyperparams):
    net = nn.Sequential(nn.Linear(12, 32), nn.Hardswish(), nn.Linear(32, 3)).to(device)
    optimizer = torch.optim.Adam(net.parameters(), lr=lr)
    criterion = nn.CrossEntropyLoss()
    source = Prefetcher(X_train, y_train, 32)
    result = {"train_losses": [], "val_losses": [], "val_acc": []}
    for epoch in range(epochs):
        net.train()
        losses = []
        for x, y in source:
            optimizer.zero_grad()
            loss = criterion(net(x.to(device)), y.to(device))
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        net.eval()
        with torch.no_grad():
            out = net(X_val.to(device)).cpu()
        result["train_losses"].append(sum(losses) / len(losses))
        result["val_losses"].append(criterion(out, y_val).item())
        result["val_acc"].append((out.argmax(1) == y_val).float().mean().item())
    return net, result
