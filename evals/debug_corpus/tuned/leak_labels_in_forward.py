# category: leak
# data: synthetic:tabular
# target: cpu
# expect: training_code
# fails: smoke run, raised in measure: TypeError
# says: missing 1 required positional argument: 'labels'
# about: the model wants the label beside the row to blend it into the logits, which nobody has when it is used
# twin-score: 0.958
# chance-score: 0.367
# mend: ["def forward(self, x, labels):", "def forward(self, x, labels=None):"]
# mend: ["return logits + 0.1 * self.hint(labels)", "return logits if labels is None else logits + 0.1 * self.hint(labels)"]
# mend: ["self.logits(model, X_val, y_val)", "model(X_val)"]
# space: {"lr": {"default": 0.01, "type": "Real", "low": 0.001, "high": 0.1, "prior": "log-uniform"}, "epochs": {"default": 15, "type": "Integer", "low": 3, "high": 30}}

import torch
from torch import nn


class Hinted(nn.Module):
    """Logits with a hint of the label, as a curriculum."""

    def __init__(self, features, classes):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(features, 40), nn.ReLU(), nn.Linear(40, classes))
        self.hint = nn.Embedding(classes, classes)

    def forward(self, x, labels):
        logits = self.body(x)
        return logits + 0.1 * self.hint(labels)


class Fit:
    def __init__(self, lr, epochs):
        self.lr, self.epochs = lr, epochs

    def logits(self, model, X, y):
        return model(X, y)

    def __call__(self, X_train, y_train, X_val, y_val, device):
        model = Hinted(X_train.shape[1], 3).to(device)
        optimizer = torch.optim.Adam(model.parameters(), lr=self.lr)
        loss_of = nn.CrossEntropyLoss()
        X_val, y_val = X_val.to(device), y_val.to(device)
        curves = {"train_losses": [], "val_losses": [], "val_acc": []}
        for _ in range(self.epochs):
            model.train()
            mean = 0.0
            parts = torch.randperm(len(X_train)).split(50)
            for part in parts:
                y = y_train[part].to(device)
                loss = loss_of(self.logits(model, X_train[part].to(device), y), y)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                mean += loss.item() / len(parts)
            model.eval()
            with torch.no_grad():
                answer = self.logits(model, X_val, y_val)
            curves["train_losses"].append(mean)
            curves["val_losses"].append(loss_of(answer, y_val).item())
            curves["val_acc"].append((answer.argmax(1) == y_val).float().mean().item())
        return model, curves


def train_model(X_train, y_train, X_val, y_val, device, lr=0.01, epochs=15, **hyperparams):
    return Fit(lr, epochs)(X_train, y_train, X_val, y_val, device)
