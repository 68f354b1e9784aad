# expect: TRN019
# data: tabular
# held-out: blind

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch_xla


class EarlyStopping:
    def __init__(self, patience=3):
        self.patience, self.best, self.count, self.weights = patience, None, 0, None

    def __call__(self, score, model):
        if self.best is None or score > self.best:
            self.best, self.count = score, 0
            self.weights = model.state_dict()
        else:
            self.count += 1
        return self.count >= self.patience


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    model = nn.Sequential(nn.Linear(X_train.shape[1], 16), nn.ReLU(), nn.Linear(16, int(y_train.max()) + 1)).to(device)
    opt = torch.optim.Adam(model.parameters(), lr=hyperparams.get("lr", 1e-3))
    loader = torch.utils.data.DataLoader(
        torch.utils.data.TensorDataset(X_train, y_train), batch_size=16, shuffle=True, drop_last=True
    )
    stopper = EarlyStopping(int(hyperparams.get("patience", 3)))
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
    for _ in range(int(hyperparams.get("epochs", 3))):
        model.train()
        ls = []
        for x, y in loader:
            x, y = x.to(device), y.to(device)
            opt.zero_grad()
            loss = F.cross_entropy(model(x), y)
            loss.backward()
            opt.step()
            torch_xla.sync()
            ls.append(loss.detach())
        metrics["train_losses"].append(torch.stack(ls).mean().item())
        model.eval()
        with torch.no_grad():
            z = model(X_val.to(device))
            metrics["val_losses"].append(F.cross_entropy(z, y_val.to(device)).item())
            metrics["val_acc"].append((z.argmax(1) == y_val.to(device)).float().mean().item())
        if stopper(metrics["val_acc"][-1], model):
            break
    model.load_state_dict(stopper.weights)
    return model, metrics
