# expect: XLA001 XLA010 XLA022
# data: tabular
# held-out: no

import torch
import torch.nn as nn
import torch.optim as optim
from torch.utils.data import DataLoader, TensorDataset


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    # Hyperparameters
    learning_rate = hyperparams.get("learning_rate", 1e-3)
    batch_size = hyperparams.get("batch_size", 32)
    num_epochs = hyperparams.get("num_epochs", 2)
    hidden_dim = hyperparams.get("hidden_dim", 32)
    dropout_rate = hyperparams.get("dropout_rate", 0.2)

    # Data
    train_dataset = TensorDataset(X_train, y_train)
    val_dataset = TensorDataset(X_val, y_val)
    train_loader = DataLoader(train_dataset, batch_size=batch_size, shuffle=True)
    val_loader = DataLoader(val_dataset, batch_size=batch_size, shuffle=False)

    # Model
    model = nn.Sequential(
        nn.Linear(X_train.shape[1], hidden_dim),
        nn.BatchNorm1d(hidden_dim),
        nn.ReLU(),
        nn.Dropout(dropout_rate),
        nn.Linear(hidden_dim, int(y_train.max()) + 1),
    ).to(device)

    criterion = nn.CrossEntropyLoss()
    optimizer = optim.Adam(model.parameters(), lr=learning_rate)

    train_losses = []
    val_losses = []
    val_acc = []

    # Training loop
    for epoch in range(num_epochs):
        model.train()
        running_loss = 0.0
        for inputs, targets in train_loader:
            inputs, targets = inputs.to(device), targets.to(device)
            optimizer.zero_grad()
            outputs = model(inputs)
            loss = criterion(outputs, targets)
            loss.backward()
            optimizer.step()
            running_loss += loss.item()
        train_losses.append(running_loss / len(train_loader))

        # Validation
        model.eval()
        val_loss = 0.0
        correct = 0
        total = 0
        with torch.no_grad():
            for inputs, targets in val_loader:
                inputs, targets = inputs.to(device), targets.to(device)
                outputs = model(inputs)
                loss = criterion(outputs, targets)
                val_loss += loss.item()
                _, predicted = torch.max(outputs, 1)
                total += targets.size(0)
                correct += (predicted == targets).sum().item()
        val_losses.append(val_loss / len(val_loader))
        val_acc.append(correct / total)

    metrics = {"train_losses": train_losses, "val_losses": val_losses, "val_acc": val_acc}
    return model, metrics
