# expect: TRN003
# data: image
# held-out: no

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch_xla.core.xla_model as xm


class LeNet(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.c1 = nn.Conv2d(1, 4, 3, padding=1)
        self.c2 = nn.Conv2d(4, 8, 3, padding=1)
        self.f1 = nn.LazyLinear(16)
        self.f2 = nn.Linear(16, classes)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.c1(x)), 2)
        x = F.max_pool2d(F.relu(self.c2(x)), 2)
        x = x.view(x.size(0), -1)
        return self.f2(F.relu(self.f1(x)))


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    rng = np.random.default_rng(hyperparams.get("seed", 0))
    batch_size = int(hyperparams.get("batch_size", 16))
    model = LeNet(int(y_train.max()) + 1)
    model(X_train[:2])
    model = model.to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=hyperparams.get("lr", 0.01), momentum=0.9, nesterov=True)
    n_batches = max(1, len(X_train) // batch_size)
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
    for epoch in range(int(hyperparams.get("epochs", 2))):
        model.train()
        order = torch.from_numpy(rng.permutation(len(X_train)))
        loss_total = torch.zeros((), device=device)
        for b in range(n_batches):
            rows = order[b * batch_size:(b + 1) * batch_size]
            images = X_train[rows].to(device)
            labels = y_train[rows].to(device)
            optimizer.zero_grad()
            loss = F.cross_entropy(model(images), labels)
            loss.backward()
            xm.optimizer_step(optimizer, barrier=True)
            loss_total += loss.detach()
        metrics["train_losses"].append(float(loss_total) / n_batches)
        model.eval()
        with torch.no_grad():
            scores = model(X_val.to(device))
            metrics["val_losses"].append(float(F.cross_entropy(scores, y_val.to(device))))
            metrics["val_acc"].append(float((scores.argmax(1) == y_val.to(device)).float().mean()))
    return model, metrics, order
