# expect: none
# data: tabular
# held-out: blind

import torch
import torch.nn as nn
import torch_xla.core.xla_model as xm
from torch.utils.data import DataLoader, TensorDataset


def _train_update(step, loss):
    xm.master_print(f"step {step} loss {loss.item():.4f}")


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    model = nn.Sequential(nn.Linear(X_train.size(1), 32), nn.Tanh(), nn.Linear(32, int(y_train.max()) + 1)).to(device)
    opt = torch.optim.Adagrad(model.parameters(), lr=hyperparams.get("lr", 0.02))
    ce = nn.CrossEntropyLoss()
    loader = DataLoader(TensorDataset(X_train, y_train), 16, shuffle=True, drop_last=True)
    out = {"train_losses": [], "val_losses": [], "val_acc": []}
    for _ in range(int(hyperparams.get("epochs", 2))):
        model.train()
        kept = []
        for step, (x, y) in enumerate(loader):
            x = x.to(device)
            y = y.to(device)
            opt.zero_grad(set_to_none=True)
            loss = ce(model(x), y)
            loss.backward()
            xm.optimizer_step(opt, barrier=True)
            kept.append(loss.detach())
            if step % 2 == 0:
                xm.add_step_closure(_train_update, args=(step, loss))
        out["train_losses"].append(float(torch.stack(kept).mean()))
        model.eval()
        with torch.no_grad():
            scores = model(X_val.to(device))
            target = y_val.to(device)
            out["val_losses"].append(float(ce(scores, target)))
            out["val_acc"].append(float(torch.mean((scores.argmax(dim=-1) == target).float())))
    return model, out
