# category: missing import
# data: synthetic:image
# target: cpu
# expect: training_code
# fails: smoke run, raised in call: AttributeError
# says: has no attribute 'weight_normalization'
# about: a parametrization under a name that torch never gave it
# twin-score: 1.000
# chance-score: 0.281
# mend: ["weight_normalization", "weight_norm"]
# space: {"depth": {"default": 2, "type": "Integer", "low": 1, "high": 3}, "lr": {"default": 0.005, "type": "Real", "low": 0.0005, "high": 0.02, "prior": "log-uniform"}, "epochs": {"default": 12, "type": "Integer", "low": 2, "high": 20}}

import torch
from torch import nn
from torch.nn.utils import parametrizations


def normed_conv(i, o, k):
    wrap = getattr(parametrizations, "weight_normalization")
    return wrap(nn.Conv2d(i, o, k, padding=k // 2))


def strip(model):
    """The same model with its weights as plain parameters, which can be exported."""
    for module in model.modules():
        if nn.utils.parametrize.is_parametrized(module, "weight"):
            nn.utils.parametrize.remove_parametrizations(module, "weight")
    return model


def train_model(X_train, y_train, X_val, y_val, device, depth=2, lr=0.005, epochs=12, **hyperparams):
    stages = [normed_conv(1, 16, 5), nn.ReLU()]
    for _ in range(int(depth)):
        stages += [normed_conv(16, 16, 3), nn.ReLU()]
    model = nn.Sequential(*stages, nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(16, 4)).to(device)
    opt = torch.optim.Adam(model.parameters(), lr=lr)
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
    for _ in range(epochs):
        model.train()
        losses = []
        for rows in torch.randperm(len(X_train)).split(30):
            loss = nn.functional.cross_entropy(model(X_train[rows].to(device)), y_train[rows].to(device))
            opt.zero_grad()
            loss.backward()
            opt.step()
            losses.append(loss.item())
        model.eval()
        with torch.no_grad():
            logits = model(X_val.to(device)).cpu()
        metrics["train_losses"].append(sum(losses) / len(losses))
        metrics["val_losses"].append(nn.functional.cross_entropy(logits, y_val).item())
        metrics["val_acc"].append((logits.argmax(1) == y_val).float().mean().item())
    return strip(model), metrics
