# expect: SYN002
# data: sequence
# held-out: blind

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch_xla.core.xla_model as xm


class ResBlock(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.conv1 = nn.Conv1d(c, c, 3, padding=1)
        self.conv2 = nn.Conv1d(c, c, 3, padding=1)

    def forward(self, x):
        return F.relu(x + self.conv2(F.relu(self.conv1(x))))


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    model = nn.Sequential(ResBlock(X_train.shape[1]), nn.Flatten(), nn.LazyLinear(3)).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=hyperparams.get("lr", 1e-3))
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
    for epoch in range(int(hyperparams.get("epochs", 10))):
        model.train()
        for i in range(0, len(X_train) - 31, 32):
            x, y = X_train[i:i + 32].to(device), y_train[i:i + 32].to(device)
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x),
