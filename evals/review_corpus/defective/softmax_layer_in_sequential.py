# expect: NUM001
# data: tabular
# held-out: no

import torch
import torch.nn as nn
import torch_xla
from torch.utils.data import DataLoader, TensorDataset


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    batch = hyperparams.get("batch_size", 16)
    loaders = {
        "train": DataLoader(TensorDataset(X_train, y_train), batch_size=batch, shuffle=True, drop_last=True),
        "val": DataLoader(TensorDataset(X_val, y_val), batch_size=batch),
    }
    model = nn.Sequential(
        nn.Linear(X_train.shape[1], hyperparams.get("hidden", 16)),
        nn.ReLU(),
        nn.Dropout(hyperparams.get("dropout", 0.1)),
        nn.Linear(hyperparams.get("hidden", 16), int(y_train.max()) + 1),
        nn.Softmax(dim=1),
    ).to(device)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.RMSprop(model.parameters(), lr=hyperparams.get("lr", 1e-3))
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}

    for epoch in range(hyperparams.get("epochs", 2)):
        for phase in ["train", "val"]:
            model.train() if phase == "train" else model.eval()
            running_loss = torch.zeros((), device=device)
            running_hits = torch.zeros((), device=device)
            count = 0
            for inputs, labels in loaders[phase]:
                inputs = inputs.to(device)
                labels = labels.to(device)
                optimizer.zero_grad()
                with torch.set_grad_enabled(phase == "train"):
                    outputs = model(inputs)
                    loss = criterion(outputs, labels)
                    if phase == "train":
                        loss.backward()
                        optimizer.step()
                torch_xla.sync()
                running_loss += loss.detach() * inputs.size(0)
                running_hits += (outputs.argmax(1) == labels).sum()
                count += inputs.size(0)
            epoch_loss = running_loss.item() / max(count, 1)
            if phase == "train":
                metrics["train_losses"].append(epoch_loss)
            else:
                metrics["val_losses"].append(epoch_loss)
                metrics["val_acc"].append(running_hits.item() / max(count, 1))
    return model, metrics
