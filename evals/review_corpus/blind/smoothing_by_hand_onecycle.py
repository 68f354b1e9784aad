# expect: none
# data: tabular
# held-out: blind

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch_xla
from torch.optim.lr_scheduler import OneCycleLR
from torch.utils.data import DataLoader, TensorDataset


class LabelSmoothing(nn.Module):
    def __init__(self, smoothing: float = 0.1) -> None:
        super().__init__()
        self.confidence = 1.0 - smoothing
        self.smoothing = smoothing

    def forward(self, x: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        logprobs = F.log_softmax(x, dim=-1)
        nll = -logprobs.gather(dim=-1, index=target.unsqueeze(1)).squeeze(1)
        smooth = -logprobs.mean(dim=-1)
        return (self.confidence * nll + self.smoothing * smooth).mean()


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    epochs = int(hyperparams.get("epochs", 3))
    batch_size = min(int(hyperparams.get("batch_size", 16)), len(X_train))
    model = nn.Sequential(
        nn.Linear(X_train.shape[1], 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Dropout(0.1),
        nn.Linear(32, int(y_train.max()) + 1),
    ).to(device)
    criterion = LabelSmoothing(hyperparams.get("smoothing", 0.1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    loader = DataLoader(TensorDataset(X_train, y_train), batch_size=batch_size, shuffle=True, drop_last=True)
    scheduler = OneCycleLR(optimizer, max_lr=hyperparams.get("lr", 0.1), epochs=epochs, steps_per_epoch=len(loader))
    best_state, best_acc, patience, bad = None, -1.0, int(hyperparams.get("patience", 2)), 0
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
    for epoch in range(epochs):
        model.train()
        total = torch.zeros((), device=device)
        for xb, yb in loader:
            xb, yb = xb.to(device), yb.to(device)
            optimizer.zero_grad()
            loss = criterion(model(xb), yb)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            scheduler.step()
            torch_xla.sync()
            total += loss.detach()
        model.eval()
        with torch.no_grad():
            logits = model(X_val.to(device))
            acc = (logits.argmax(1) == y_val.to(device)).float().mean().item()
            metrics["val_losses"].append(criterion(logits, y_val.to(device)).item())
        metrics["train_losses"].append(total.item() / len(loader))
        metrics["val_acc"].append(acc)
        if acc > best_acc:
            best_acc, bad = acc, 0
            best_state = {k: v.detach().cpu().clone() for k, v in model.state_dict().items()}
        else:
            bad += 1
            if bad >= patience:
                break
    if best_state is not None:
        model.load_state_dict(best_state)
    return model, metrics
