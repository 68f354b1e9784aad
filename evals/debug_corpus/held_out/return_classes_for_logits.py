# category: corrupted return
# data: synthetic:tabular
# target: xla
# expect: training_code
# fails: smoke run, raised in measure: ContractError
# says: give logits or values as floating numbers
# about: out of training the model answers classes in place of logits
# twin-score: 0.967
# chance-score: 0.367
# mend: ["return out if self.training else out.argmax(dim=1)", "return out"]
# mend: ["hits = (model(x_val) == t_val).float().mean()", "hits = (model(x_val).argmax(dim=1) == t_val).float().mean()"]
# space: {"size": {"default": 32, "type": "Categorical", "categories": [16, 32, 48]}, "lr": {"default": 0.01, "type": "Real", "low": 0.001, "high": 0.05, "prior": "log-uniform"}, "epochs": {"default": 12, "type": "Integer", "low": 2, "high": 20}}

import torch
import torch_xla
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Decider(nn.Module):
    def __init__(self, features, size, classes):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(features, size), nn.ReLU(), nn.Linear(size, classes))

    def forward(self, x):
        out = self.net(x)
        return out if self.training else out.argmax(dim=1)


def train_model(X_train, y_train, X_val, y_val, device, size=32, lr=0.01, epochs=12, **hyperparams):
    model = Decider(X_train.shape[1], size, 3).to(device)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    loader = DataLoader(TensorDataset(X_train, y_train), batch_size=40, shuffle=True, drop_last=True)
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
    x_val, t_val = X_val.to(device), y_val.to(device)
    for epoch in range(epochs):
        model.train()
        losses = []
        for x, t in loader:
            x, t = x.to(device), t.to(device)
            optimizer.zero_grad()
            loss = criterion(model(x), t)
            loss.backward()
            optimizer.step()
            torch_xla.sync()
            losses.append(loss.detach())
        model.eval()
        with torch.no_grad():
            val_loss = criterion(model.net(x_val), t_val)
            hits = (model(x_val) == t_val).float().mean()
        torch_xla.sync()
        metrics["train_losses"].append(torch.stack(losses).mean().item())
        metrics["val_losses"].append(val_loss.item())
        metrics["val_acc"].append(hits.item())
        print(f"epoch {epoch + 1}/{epochs} val_acc={metrics['val_acc'][-1]:.4f}")
    return model, metrics
