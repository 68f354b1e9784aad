# category: constraint
# data: digits
# target: cpu
# expect: bo_config
# fails: size limit
# says: KB is the limit
# about: the model takes 54 KB as 32-bit numbers and the limit is 40; fewer bits or a smaller layer do
# size-limit-kb: 40
# twin-score: 0.970
# chance-score: 0.100
# mend: ["{\"default\": 32, \"type\": \"Categorical\", \"categories\": [8, 16, 32]}", "{\"default\": 8, \"type\": \"Categorical\", \"categories\": [8, 16, 32]}"]
# space: {"quantization_bits": {"default": 32, "type": "Categorical", "categories": [8, 16, 32]}, "lr": {"default": 0.005, "type": "Real", "low": 0.0005, "high": 0.05, "prior": "log-uniform"}, "epochs": {"default": 10, "type": "Integer", "low": 2, "high": 20}}

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Perceptron(nn.Module):
    """Two fixed hidden layers."""

    def __init__(self):
        super().__init__()
        self.flatten = nn.Flatten()
        self.a = nn.Linear(64, 112)
        self.b = nn.Linear(112, 48)
        self.c = nn.Linear(48, 10)

    def forward(self, x):
        return self.c(torch.relu(self.b(torch.relu(self.a(self.flatten(x))))))


def train_model(X_train, y_train, X_val, y_val, device, lr=0.005, epochs=10, quantization_bits=32, **hyperparams):
    model = Perceptron().to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    criterion = nn.CrossEntropyLoss()
    loader = DataLoader(TensorDataset(X_train, y_train), batch_size=64, shuffle=True, drop_last=True)
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
    for epoch in range(epochs):
        model.train()
        running_loss = 0.0
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            optimizer.zero_grad()
            loss = criterion(model(images), labels)
            loss.backward()
            optimizer.step()
            running_loss += loss.item()
        model.eval()
        with torch.no_grad():
            logits = model(X_val.to(device))
            val_loss = criterion(logits, y_val.to(device)).item()
            val_acc = (logits.argmax(dim=1) == y_val.to(device)).float().mean().item()
        metrics["train_losses"].append(running_loss / len(loader))
        metrics["val_losses"].append(val_loss)
        metrics["val_acc"].append(val_acc)
        print(f"Epoch {epoch + 1}/{epochs} val_loss={val_loss:.4f} val_acc={val_acc:.4f}")
    return model, metrics
