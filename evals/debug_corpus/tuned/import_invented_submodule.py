# category: missing import
# data: wine
# target: cpu
# expect: training_code
# fails: smoke run, raised in load: ModuleNotFoundError
# says: No module named 'torch.nn.quantization'
# about: stubs are taken from a submodule that does not exist (they are in torch.ao.quantization)
# twin-score: 0.926
# chance-score: 0.407
# mend: ["torch.nn.quantization", "torch.ao.quantization"]
# space: {"lr": {"default": 0.01, "type": "Real", "low": 0.001, "high": 0.1, "prior": "log-uniform"}, "epochs": {"default": 25, "type": "Integer", "low": 5, "high": 50}}

import torch
import torch.nn as nn
from torch.nn.quantization import DeQuantStub, QuantStub


class Quantizable(nn.Module):
    def __init__(self, features, classes):
        super().__init__()
        self.quant, self.dequant = QuantStub(), DeQuantStub()
        self.fc1, self.fc2 = nn.Linear(features, 24), nn.Linear(24, classes)

    def forward(self, x):
        return self.dequant(self.fc2(torch.relu(self.fc1(self.quant(x)))))


def train_model(X_train, y_train, X_val, y_val, device, lr=0.01, epochs=25, **hyperparams):
    model = Quantizable(X_train.shape[1], 3).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    loss_fn = nn.CrossEntropyLoss()
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
    for epoch in range(epochs):
        model.train()
        loss_sum = 0.0
        parts = torch.randperm(X_train.size(0)).split(16)
        for part in parts:
            optimizer.zero_grad()
            loss = loss_fn(model(X_train[part].to(device)), y_train[part].to(device))
            loss.backward()
            optimizer.step()
            loss_sum += loss.item()
        model.eval()
        with torch.no_grad():
            logits = model(X_val.to(device))
            metrics["val_losses"].append(loss_fn(logits, y_val.to(device)).item())
            metrics["val_acc"].append((logits.argmax(1) == y_val.to(device)).float().mean().item())
        metrics["train_losses"].append(loss_sum / len(parts))
    return model, metrics
