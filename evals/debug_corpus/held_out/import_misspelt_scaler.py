# category: missing import
# data: breast_cancer
# target: cpu
# expect: training_code
# fails: smoke run, raised in call: ImportError
# says: cannot import name 'StandardScalar'
# about: scikit-learn's scaler, misspelt, imported where it is used
# twin-score: 0.977
# chance-score: 0.628
# mend: ["StandardScalar", "StandardScaler"]
# space: {"width": {"default": 16, "type": "Integer", "low": 8, "high": 32}, "lr": {"default": 0.01, "type": "Real", "low": 0.001, "high": 0.1, "prior": "log-uniform"}, "epochs": {"default": 15, "type": "Integer", "low": 3, "high": 30}}

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def scale(X_train, X_val):
    from sklearn.preprocessing import StandardScalar

    scaler = StandardScalar().fit(X_train.numpy())
    return (torch.tensor(scaler.transform(X.numpy()), dtype=torch.float32) for X in (X_train, X_val))


class TwoLayer(nn.Module):
    def __init__(self, n_in, width, n_out):
        super().__init__()
        self.l1 = nn.Linear(n_in, width)
        self.l2 = nn.Linear(width, n_out)
        self.drop = nn.Dropout(0.2)

    def forward(self, x):
        return self.l2(self.drop(torch.relu(self.l1(x))))


def train_model(X_train, y_train, X_val, y_val, device, width=16, lr=0.01, epochs=15, **hyperparams):
    X_train, X_val = scale(X_train, X_val)
    model = TwoLayer(X_train.shape[1], width, 2).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    criterion = nn.CrossEntropyLoss()
    loader = DataLoader(TensorDataset(X_train, y_train), batch_size=32, shuffle=True, drop_last=True)
    train_losses, val_losses, val_acc = [], [], []
    for epoch in range(epochs):
        model.train()
        for x, y in loader:
            optimizer.zero_grad()
            loss = criterion(model(x.to(device)), y.to(device))
            loss.backward()
            optimizer.step()
        train_losses.append(loss.item())
        model.eval()
        with torch.no_grad():
            out = model(X_val.to(device)).cpu()
        val_losses.append(criterion(out, y_val).item())
        val_acc.append((out.argmax(1) == y_val).float().mean().item())
    return model, {"train_losses": train_losses, "val_losses": val_losses, "val_acc": val_acc}
