# expect: none
# data: tabular
# held-out: blind

import copy
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset, random_split
import torch_xla.core.xla_model as xm


class Checkpoint:
    """Remembers the best weights on the host."""

    def __init__(self):
        self.loss = float("inf")
        self.state = None

    def offer(self, loss, model):
        if loss < self.loss:
            self.loss = loss
            self.state = copy.deepcopy(model.state_dict())
            return True
        return False

    def restore(self, model):
        if self.state is not None:
            model.load_state_dict(self.state)


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    dataset = TensorDataset(X_train, y_train)
    held = max(8, len(dataset) // 6)
    inner_train, inner_held = random_split(
        dataset, [len(dataset) - held, held], generator=torch.Generator().manual_seed(1)
    )
    loader = DataLoader(inner_train, batch_size=8, shuffle=True, drop_last=True)
    held_loader = DataLoader(inner_held, batch_size=8)
    model = nn.Sequential(nn.Linear(X_train.shape[1], 16), nn.PReLU(), nn.Linear(16, int(y_train.max()) + 1)).to(device)
    opt = torch.optim.Adam(model.parameters(), lr=hyperparams.get("lr", 5e-3))
    keeper = Checkpoint()
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
    for epoch in range(int(hyperparams.get("epochs", 2))):
        model.train()
        train = []
        for xb, yb in loader:
            xb, yb = xb.to(device), yb.to(device)
            opt.zero_grad()
            loss = F.cross_entropy(model(xb), yb)
            loss.backward()
            opt.step()
            xm.mark_step()
            train.append(loss.detach())
        model.eval()
        held_loss = torch.zeros((), device=device)
        with torch.no_grad():
            for xb, yb in held_loader:
                held_loss += F.cross_entropy(model(xb.to(device)), yb.to(device), reduction="sum")
                xm.mark_step()
            logits = model(X_val.to(device))
            metrics["val_losses"].append(F.cross_entropy(logits, y_val.to(device)).item())
            metrics["val_acc"].append((logits.argmax(1) == y_val.to(device)).float().mean().item())
        metrics["train_losses"].append(torch.stack(train).mean().item())
        if keeper.offer(held_loss.item() / held, model):
            print(f"epoch {epoch}: better")
    keeper.restore(model)
    return model, metrics
