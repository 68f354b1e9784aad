# category: corrupted return
# data: breast_cancer
# target: cpu
# expect: training_code
# fails: smoke run, raised in contract: ContractError
# says: must be a torch.nn.Module, not OrderedDict
# about: the best weights are returned in place of a model that holds them
# twin-score: 0.977
# chance-score: 0.628
# mend: ["return best[\"weights\"], metrics", "model.load_state_dict(best[\"weights\"])\n    return model, metrics"]
# space: {"lr": {"default": 0.01, "type": "Real", "low": 0.001, "high": 0.05, "prior": "log-uniform"}, "epochs": {"default": 10, "type": "Integer", "low": 2, "high": 20}}

import copy

import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


def train_model(X_train, y_train, X_val, y_val, device, lr=0.01, epochs=10, **hyperparams):
    model = nn.Sequential(nn.Linear(30, 20), nn.LeakyReLU(0.1), nn.Linear(20, 2)).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    criterion = nn.CrossEntropyLoss()
    train_loader = DataLoader(TensorDataset(X_train, y_train), batch_size=32, shuffle=True, drop_last=True)
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
    best = {"loss": float("inf"), "weights": None}
    for epoch in range(epochs):
        model.train()
        total_loss = 0.0
        for batch_x, batch_y in train_loader:
            batch_x, batch_y = batch_x.to(device), batch_y.to(device)
            optimizer.zero_grad()
            loss = criterion(model(batch_x), batch_y)
            loss.backward()
            optimizer.step()
            total_loss += loss.item()
        model.eval()
        with torch.no_grad():
            outputs = model(X_val.to(device))
            val_loss = criterion(outputs, y_val.to(device)).item()
            val_acc = (outputs.argmax(1) == y_val.to(device)).float().mean().item()
        if val_loss < best["loss"]:
            best = {"loss": val_loss, "weights": copy.deepcopy(model.state_dict())}
        metrics["train_losses"].append(total_loss / len(train_loader))
        metrics["val_losses"].append(val_loss)
        metrics["val_acc"].append(val_acc)
    return best["weights"], metrics
