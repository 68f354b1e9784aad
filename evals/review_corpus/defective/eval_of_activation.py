# expect: SEC003
# data: tabular
# held-out: yes

import random

import numpy as np
import torch
import torch.nn as nn
import torch_xla
from torch.utils.data import DataLoader, TensorDataset
from tqdm import tqdm


def set_seed(seed: int) -> None:
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    if torch.cuda.is_available():
        torch.cuda.manual_seed_all(seed)


def init_weights(m: nn.Module) -> None:
    if isinstance(m, nn.Linear):
        nn.init.xavier_uniform_(m.weight)
        nn.init.zeros_(m.bias)


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    set_seed(int(hyperparams.get("seed", 42)))
    train_loader = DataLoader(
        TensorDataset(X_train, y_train),
        batch_size=int(hyperparams.get("batch_size", 16)),
        shuffle=True,
        drop_last=True,
        pin_memory=torch.cuda.is_available(),
    )
    activation = eval(hyperparams.get("activation", "nn.ReLU"))
    layers = []
    width = X_train.shape[1]
    for _ in range(int(hyperparams.get("depth", 2))):
        layers += [nn.Linear(width, 16), activation(), nn.Dropout(hyperparams.get("dropout", 0.1))]
        width = 16
    layers.append(nn.Linear(width, int(y_train.max()) + 1))
    model = nn.Sequential(*layers)
    model.apply(init_weights)
    model = model.to(device)
    criterion = nn.CrossEntropyLoss()
    optimizer = getattr(torch.optim, hyperparams.get("optimizer", "Adam"))(model.parameters(), lr=hyperparams.get("lr", 1e-3))
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
    for epoch in range(int(hyperparams.get("epochs", 2))):
        model.train()
        running = torch.zeros((), device=device)
        for xb, yb in tqdm(train_loader, desc=f"epoch {epoch + 1}", leave=False, disable=True):
            xb, yb = xb.to(device), yb.to(device)
            optimizer.zero_grad()
            loss = criterion(model(xb), yb)
            loss.backward()
            optimizer.step()
            torch_xla.sync()
            running += loss.detach()
        metrics["train_losses"].append(running.item() / max(len(train_loader), 1))
        model.eval()
        with torch.no_grad():
            logits = model(X_val.to(device))
            metrics["val_losses"].append(criterion(logits, y_val.to(device)).item())
            preds = logits.argmax(1).cpu().numpy()
        metrics["val_acc"].append(float((preds == y_val.numpy()).mean()))
    return model, metrics
