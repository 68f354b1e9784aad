# category: missing import
# data: synthetic:image
# target: cpu
# expect: system_issue
# cause: missing_dependency
# fails: smoke run, raised in load: ModuleNotFoundError
# says: No module named 'timm'
# about: the whole model comes from a package that is not installed
# space: {"lr": {"default": 0.003, "type": "Real", "low": 0.0001, "high": 0.01, "prior": "log-uniform"}, "epochs": {"default": 5, "type": "Integer", "low": 1, "high": 10}}

import importlib

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

timm = importlib.import_module("timm")


def train_model(X_train, y_train, X_val, y_val, device, lr=0.003, epochs=5, **hyperparams):
    model = timm.create_model("mobilenetv3_small_050", in_chans=1, num_classes=4).to(device)
    optimizer = timm.optim.create_optimizer_v2(model, opt="lamb", lr=lr)
    criterion = timm.loss.LabelSmoothingCrossEntropy(0.1)
    loader = DataLoader(TensorDataset(X_train, y_train), batch_size=32, shuffle=True, drop_last=True)
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
    for epoch in range(epochs):
        model.train()
        losses = []
        for xb, yb in loader:
            optimizer.zero_grad()
            loss = criterion(model(xb.to(device)), yb.to(device))
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        model.eval()
        with torch.no_grad():
            logits = model(X_val.to(device)).cpu()
        metrics["train_losses"].append(sum(losses) / len(losses))
        metrics["val_losses"].append(nn.functional.cross_entropy(logits, y_val).item())
        metrics["val_acc"].append((logits.argmax(1) == y_val).float().mean().item())
    return model, metrics
