# expect: XLA010
# data: tabular
# held-out: blind

import torch
import torch_xla
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Trainer:
    def __init__(self, model, optimizer, device, logging_steps=1):
        self.model, self.optimizer, self.device = model, optimizer, device
        self.logging_steps = logging_steps
        self.tr_loss = 0.0
        self.history = {"train_losses": [], "val_losses": [], "val_acc": []}

    def training_step(self, batch):
        x, y = (t.to(self.device) for t in batch)
        self.optimizer.zero_grad()
        loss = nn.functional.cross_entropy(self.model(x), y)
        loss.backward()
        self.optimizer.step()
        torch_xla.sync()
        return loss

    def train(self, loader, epochs, evaluate):
        for _ in range(epochs):
            self.model.train()
            self.tr_loss = 0.0
            for batch in loader:
                step_loss = self.training_step(batch)
                self.tr_loss += step_loss.item()
            self.history["train_losses"].append(self.tr_loss / len(loader))
            evaluate(self)


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    net = nn.Sequential(nn.Linear(X_train.shape[1], 16), nn.ReLU(), nn.Linear(16, int(y_train.max()) + 1)).to(device)
    trainer = Trainer(net, torch.optim.AdamW(net.parameters(), lr=hyperparams.get("lr", 1e-3)), device)

    def evaluate(t):
        t.model.eval()
        with torch.no_grad():
            logits = t.model(X_val.to(device))
            t.history["val_losses"].append(nn.functional.cross_entropy(logits, y_val.to(device)).item())
            t.history["val_acc"].append((logits.argmax(1) == y_val.to(device)).float().mean().item())

    loader = DataLoader(TensorDataset(X_train, y_train), batch_size=16, shuffle=True, drop_last=True)
    trainer.train(loader, int(hyperparams.get("epochs", 2)), evaluate)
    return net, trainer.history
