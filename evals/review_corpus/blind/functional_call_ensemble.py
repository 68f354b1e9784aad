# expect: none
# data: tabular
# held-out: blind

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch_xla
from torch.func import functional_call


class Base(nn.Module):
    def __init__(self, d, c):
        super().__init__()
        self.a = nn.Linear(d, 16)
        self.b = nn.Linear(16, c)

    def forward(self, x):
        return self.b(F.relu(self.a(x)))


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    lr = float(hyperparams.get("lr", 0.1))
    model = Base(X_train.shape[1], int(y_train.max()) + 1).to(device)
    params = {k: v.detach().clone().requires_grad_(True) for k, v in model.named_parameters()}
    X, y = X_train.to(device), y_train.to(device)
    Xv, yv = X_val.to(device), y_val.to(device)
    hist = {"train_losses": [], "val_losses": [], "val_acc": []}
    for epoch in range(int(hyperparams.get("epochs", 5))):
        loss = F.cross_entropy(functional_call(model, params, (X,)), y)
        grads = torch.autograd.grad(loss, list(params.values()))
        params = {k: (v - lr * g).detach().requires_grad_(True) for (k, v), g in zip(params.items(), grads)}
        torch_xla.sync()
        with torch.no_grad():
            model.eval()
            logits = functional_call(model, params, (Xv,))
            hist["train_losses"].append(loss.item())
            hist["val_losses"].append(F.cross_entropy(logits, yv).item())
            hist["val_acc"].append((logits.argmax(1) == yv).float().mean().item())
    model.load_state_dict({k: v.detach() for k, v in params.items()})
    return model, hist
