# category: wrong key
# data: synthetic:tabular
# target: cpu
# expect: training_code bo_config
# fails: smoke run, raised in call: KeyError
# says: hidden_dim
# about: the search space says hidden_size, the code reads hidden_dim
# twin-score: 0.975
# chance-score: 0.367
# mend: ["settings[\"hidden_dim\"]", "settings[\"hidden_size\"]"]
# space: {"hidden_size": {"default": 40, "type": "Integer", "low": 16, "high": 64}, "lr": {"default": 0.01, "type": "Real", "low": 0.001, "high": 0.05, "prior": "log-uniform"}, "epochs": {"default": 15, "type": "Integer", "low": 3, "high": 30}}

import torch
from torch import nn


def layers(sizes):
    for a, b in zip(sizes[:-2], sizes[1:-1]):
        yield nn.Linear(a, b)
        yield nn.Mish()
    yield nn.Linear(*sizes[-2:])


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    settings = {"lr": 0.01, "epochs": 15} | hyperparams
    width = int(settings["hidden_dim"])
    model = nn.Sequential(*layers([X_train.shape[1], width, width, 3])).to(device)
    optimizer = torch.optim.NAdam(model.parameters(), lr=settings["lr"])
    score = {"train_losses": [], "val_losses": [], "val_acc": []}
    for epoch in range(int(settings["epochs"])):
        total, seen = 0.0, 0
        model.train()
        for rows in torch.randperm(len(X_train)).split(64):
            x, y = X_train[rows].to(device), y_train[rows].to(device)
            loss = nn.functional.cross_entropy(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(rows)
            seen += len(rows)
        model.eval()
        with torch.no_grad():
            z = model(X_val.to(device))
            score["val_losses"].append(float(nn.functional.cross_entropy(z, y_val.to(device))))
            score["val_acc"].append(float((z.argmax(1) == y_val.to(device)).float().mean()))
        score["train_losses"].append(total / seen)
    return model, score
