# category: time-out
# data: wine
# target: cpu
# expect: bo_config
# fails: execution, timed_out
# about: the default asks for 60,000 epochs
# limits: {"wall_s": 20}
# twin-score: 0.963
# chance-score: 0.407
# mend: ["\"default\": 60000", "\"default\": 40"]
# space: {"epochs": {"default": 60000, "type": "Integer", "low": 10, "high": 100000, "prior": "log-uniform"}, "lr": {"default": 0.01, "type": "Real", "low": 0.001, "high": 0.1, "prior": "log-uniform"}, "hidden": {"default": 24, "type": "Integer", "low": 8, "high": 48}}

import torch
import torch.nn as nn


def train_model(X_train, y_train, X_val, y_val, device, epochs=40, lr=0.01, hidden=24, **hyperparams):
    model = nn.Sequential(nn.Linear(13, int(hidden)), nn.Sigmoid(), nn.Linear(int(hidden), 3)).to(device)
    optimizer = torch.optim.Adagrad(model.parameters(), lr=lr)
    lossf = nn.CrossEntropyLoss()
    X, y, Xv, yv = X_train.to(device), y_train.to(device), X_val.to(device), y_val.to(device)
    history = {"train_losses": [], "val_losses": [], "val_acc": []}
    for epoch in range(int(epochs)):
        model.train()
        for start in range(0, len(X) - 7, 8):
            optimizer.zero_grad()
            loss = lossf(model(X[start : start + 8]), y[start : start + 8])
            loss.backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            p = model(Xv)
        history["train_losses"].append(loss.item())
        history["val_losses"].append(lossf(p, yv).item())
        history["val_acc"].append((p.argmax(1) == yv).float().mean().item())
        if epoch % 100 == 0:
            print(f"epoch {epoch + 1}/{int(epochs)} val_acc={history['val_acc'][-1]:.3f}")
    return model, history
