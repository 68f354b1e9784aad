# expect: none
# data: tabular
# held-out: blind

import numpy as np
import torch
import torch.nn as nn
import torch_xla
from sklearn.metrics import accuracy_score, f1_score


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    X_train = torch.as_tensor(np.asarray(X_train), dtype=torch.float32)
    y_train = torch.as_tensor(np.asarray(y_train), dtype=torch.long)
    X_val = torch.as_tensor(np.asarray(X_val), dtype=torch.float32)
    y_val = torch.as_tensor(np.asarray(y_val), dtype=torch.long)
    num_classes = len(np.unique(y_train.numpy()))
    counts = np.bincount(y_train.numpy(), minlength=num_classes)
    weights = torch.tensor(counts.sum() / (num_classes * np.maximum(counts, 1)), dtype=torch.float32, device=device)
    model = nn.Sequential(nn.Linear(X_train.shape[1], 24), nn.LeakyReLU(0.1), nn.Linear(24, num_classes)).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=hyperparams.get("lr", 1e-3), weight_decay=1e-4)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=1)
    loader = torch.utils.data.DataLoader(
        torch.utils.data.TensorDataset(X_train, y_train), batch_size=16, shuffle=True, drop_last=True
    )
    metrics = {"train_losses": [], "val_losses": [], "val_acc": [], "val_f1": []}
    for epoch in range(int(hyperparams.get("epochs", 2))):
        model.train()
        losses = []
        for xb, yb in loader:
            xb, yb = xb.to(device), yb.to(device)
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(xb), yb, weight=weights)
            loss.backward()
            optimizer.step()
            torch_xla.sync()
            losses.append(loss.detach())
        metrics["train_losses"].append(float(np.mean([v.cpu().numpy() for v in losses])))
        model.eval()
        with torch.no_grad():
            logits = model(X_val.to(device))
            val_loss = nn.functional.cross_entropy(logits, y_val.to(device)).item()
            predicted = logits.argmax(dim=1).cpu().numpy()
        scheduler.step(val_loss)
        metrics["val_losses"].append(val_loss)
        metrics["val_acc"].append(accuracy_score(y_val.numpy(), predicted))
        metrics["val_f1"].append(f1_score(y_val.numpy(), predicted, average="macro"))
    return model, metrics
