# category: shape
# data: synthetic:image
# target: cpu
# expect: training_code
# fails: smoke run, raised in call: RuntimeError
# says: mat1 and mat2 shapes cannot be multiplied
# about: the first linear layer is sized for 28 × 28 images, and these have 12 × 12 pixels
# twin-score: 1.000
# chance-score: 0.281
# mend: ["32 * 7 * 7", "32 * 3 * 3"]
# space: {"lr": {"default": 0.003, "type": "Real", "low": 0.0001, "high": 0.1, "prior": "log-uniform"}, "epochs": {"default": 15, "type": "Integer", "low": 1, "high": 30}, "batch_size": {"default": 32, "type": "Categorical", "categories": [16, 32, 64]}}

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class LeNet(nn.Module):
    """Two convolutions and two linear layers."""

    def __init__(self, classes):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1),
            nn.BatchNorm2d(16),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 3, padding=1),
            nn.BatchNorm2d(32),
            nn.ReLU(),
            nn.MaxPool2d(2),
        )
        self.fc1 = nn.Linear(32 * 7 * 7, 64)
        self.fc2 = nn.Linear(64, classes)

    def forward(self, x):
        x = self.features(x)
        x = x.view(x.size(0), -1)
        x = torch.relu(self.fc1(x))
        return self.fc2(x)


def train_model(X_train, y_train, X_val, y_val, device, lr=0.003, epochs=15, batch_size=32, **hyperparams):
    model = LeNet(classes=4).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    criterion = nn.CrossEntropyLoss()
    loader = DataLoader(TensorDataset(X_train, y_train), batch_size=batch_size, shuffle=True, drop_last=True)
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
    for epoch in range(epochs):
        model.train()
        total = 0.0
        for xb, yb in loader:
            xb, yb = xb.to(device), yb.to(device)
            optimizer.zero_grad()
            loss = criterion(model(xb), yb)
            loss.backward()
            optimizer.step()
            total += loss.item()
        model.eval()
        with torch.no_grad():
            logits = model(X_val.to(device))
            metrics["val_losses"].append(criterion(logits, y_val.to(device)).item())
            metrics["val_acc"].append((logits.argmax(1).cpu() == y_val).float().mean().item())
        metrics["train_losses"].append(total / len(loader))
        print(f"epoch {epoch + 1}/{epochs} train_loss={metrics['train_losses'][-1]:.4f}")
    return model, metrics
