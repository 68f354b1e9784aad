# category: dtype
# data: synthetic:tabular
# target: cpu
# expect: training_code
# fails: smoke run, raised in call: RuntimeError
# says: dtype|Half|Byte|Char|Int|Long
# about: labels are packed into int8 to save memory, which the loss does not take
# twin-score: 0.958
# chance-score: 0.367
# mend: ["y_train.to(torch.int8), y_val.to(torch.int8)", "y_train.to(torch.int64), y_val.to(torch.int64)"]
# space: {"width": {"default": 32, "type": "Integer", "low": 16, "high": 64}, "lr": {"default": 0.02, "type": "Real", "low": 0.001, "high": 0.1, "prior": "log-uniform"}, "epochs": {"default": 20, "type": "Integer", "low": 5, "high": 40}}

import torch
import torch.nn.functional as F


class Net(torch.nn.Module):
    def __init__(self, n_features, n_classes, width):
        super().__init__()
        self.w1 = torch.nn.Parameter(torch.randn(n_features, width) * (2 / n_features) ** 0.5)
        self.b1 = torch.nn.Parameter(torch.zeros(width))
        self.w2 = torch.nn.Parameter(torch.randn(width, n_classes) * (1 / width) ** 0.5)
        self.b2 = torch.nn.Parameter(torch.zeros(n_classes))

    def forward(self, x):
        return F.relu(x @ self.w1 + self.b1) @ self.w2 + self.b2


def train_model(X_train, y_train, X_val, y_val, device, width=32, lr=0.02, epochs=20, **hyperparams):
    small_train, small_val = y_train.to(torch.int8), y_val.to(torch.int8)
    x, t = X_train.to(device), small_train.to(device)
    xv, tv = X_val.to(device), small_val.to(device)
    net = Net(x.shape[1], 3, width).to(device)
    optimizer = torch.optim.SGD(net.parameters(), lr=lr, momentum=0.9, nesterov=True)
    curve = {"train_losses": [], "val_losses": [], "val_acc": []}
    for epoch in range(epochs):
        order = torch.randperm(len(x))
        losses = torch.zeros(len(x) // 32)
        for step in range(len(losses)):
            rows = order[32 * step : 32 * step + 32]
            loss = F.nll_loss(F.log_softmax(net(x[rows]), dim=1), t[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses[step] = loss.detach()
        with torch.no_grad():
            log_p = F.log_softmax(net(xv), dim=1)
            curve["val_losses"].append(float(F.nll_loss(log_p, tv)))
            curve["val_acc"].append(float((log_p.argmax(1) == tv).float().mean()))
        curve["train_losses"].append(float(losses.mean()))
    return net, curve
