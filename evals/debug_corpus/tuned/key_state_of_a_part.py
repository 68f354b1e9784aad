# category: wrong key
# data: synthetic:image
# target: xla
# expect: training_code
# fails: smoke run, raised in call: RuntimeError
# says: Error.s. in loading state_dict
# about: the best weights are kept from the trunk and loaded into the whole model
# twin-score: 0.989
# chance-score: 0.281
# mend: ["model.trunk.state_dict()", "model.state_dict()"]
# space: {"width": {"default": 12, "type": "Categorical", "categories": [8, 12, 16]}, "lr": {"default": 0.006, "type": "Real", "low": 0.0005, "high": 0.05, "prior": "log-uniform"}, "epochs": {"default": 12, "type": "Integer", "low": 2, "high": 20}}

import torch
import torch.nn as nn
import torch_xla
from torch.utils.data import DataLoader, TensorDataset


class TrunkAndHead(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.trunk = nn.Sequential(
            nn.Conv2d(1, width, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(width, 2 * width, 5, padding=2),
            nn.ReLU(),
            nn.AdaptiveMaxPool2d(2),
            nn.Flatten(),
        )
        self.head = nn.Linear(8 * width, 4)

    def forward(self, x):
        return self.head(self.trunk(x))


def snapshot(state):
    return {name: value.detach().cpu().clone() for name, value in state.items()}


def train_model(X_train, y_train, X_val, y_val, device, width=12, lr=0.006, epochs=12, **extra):
    model = TrunkAndHead(width).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    criterion = nn.CrossEntropyLoss()
    train_losses, val_losses, val_acc = [], [], []
    best, best_state = -1.0, None
    loader = DataLoader(TensorDataset(X_train, y_train), batch_size=30, shuffle=True, drop_last=True)
    x_held, y_held = X_val.to(device), y_val.to(device)
    for epoch in range(epochs):
        model.train()
        losses = []
        for x, y in loader:
            x, y = x.to(device), y.to(device)
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            torch_xla.sync()
            losses.append(loss.detach())
        model.eval()
        with torch.no_grad():
            logits = model(x_held)
            held_loss = criterion(logits, y_held)
            accuracy = (logits.argmax(1) == y_held).float().mean()
        torch_xla.sync()
        train_losses.append(torch.stack(losses).mean().item())
        val_losses.append(held_loss.item())
        val_acc.append(accuracy.item())
        if val_acc[-1] > best:
            best, best_state = val_acc[-1], snapshot(model.trunk.state_dict())
        print(f"epoch {epoch + 1}/{epochs} val_acc={val_acc[-1]:.4f}")
    model.load_state_dict(best_state)
    return model, {"train_losses": train_losses, "val_losses": val_losses, "val_acc": val_acc}
