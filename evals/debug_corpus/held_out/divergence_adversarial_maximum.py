# category: divergence
# data: synthetic:sequence
# target: cpu
# expect: training_code
# fails: execution, raised in contract: ContractError
# says: diverged
# about: an auxiliary term that is to be bounded is maximised without a bound, and its weights run off
# twin-score: 1.000
# chance-score: 0.371
# mend: ["objective = fit - 10.0 * spread", "objective = fit - 0.01 * spread.clamp(max=1.0)"]
# space: {"filters": {"default": 16, "type": "Integer", "low": 8, "high": 32}, "lr": {"default": 0.01, "type": "Real", "low": 0.001, "high": 0.05, "prior": "log-uniform"}, "epochs": {"default": 30, "type": "Integer", "low": 2, "high": 40}}

import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self, filters):
        super().__init__()
        self.conv1 = nn.Conv1d(2, filters, 9, padding=4)
        self.conv2 = nn.Conv1d(filters, filters, 9, padding=4)
        self.fc = nn.Linear(filters, 3)

    def features(self, x):
        return torch.relu(self.conv2(torch.relu(self.conv1(x)))).mean(2)

    def forward(self, x):
        return self.fc(self.features(x))


def train_model(X_train, y_train, X_val, y_val, device, filters=16, lr=0.01, epochs=30, **hyperparams):
    net = Net(int(filters)).to(device)
    optimizer = torch.optim.SGD(net.parameters(), lr=lr, momentum=0.9)
    ce = nn.CrossEntropyLoss()
    X_val, y_val = X_val.to(device), y_val.to(device)
    log = {"train_losses": [], "val_losses": [], "val_acc": []}
    for epoch in range(epochs):
        net.train()
        summed, steps = 0.0, 0
        for rows in torch.randperm(len(X_train)).split(32):
            z = net.features(X_train[rows].to(device))
            fit = ce(net.fc(z), y_train[rows].to(device))
            spread = z.var(0).mean()
            objective = fit - 10.0 * spread
            optimizer.zero_grad()
            objective.backward()
            optimizer.step()
            summed, steps = summed + objective.item(), steps + 1
        net.eval()
        with torch.no_grad():
            logits = net(X_val)
            log["val_losses"].append(ce(logits, y_val).item())
            log["val_acc"].append((logits.argmax(1) == y_val).float().mean().item())
        log["train_losses"].append(summed / steps)
    return net, log
