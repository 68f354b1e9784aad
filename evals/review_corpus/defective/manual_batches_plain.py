# expect: XLA001 XLA010 XLA023
# data: tabular
# held-out: no

import torch
import torch.nn as nn
import torch.nn.functional as F


class Classifier(nn.Module):
    def __init__(self, n_in, n_hidden, n_out):
        super().__init__()
        self.l1 = nn.Linear(n_in, n_hidden)
        self.l2 = nn.Linear(n_hidden, n_out)

    def forward(self, x):
        return self.l2(F.relu(self.l1(x)))


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    lr = hyperparams.get('lr', 0.001)
    batch_size = hyperparams.get('batch_size', 32)
    epochs = hyperparams.get('epochs', 2)
    model = Classifier(X_train.shape[1], 16, int(y_train.max()) + 1).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    train_losses, val_losses, val_acc = [], [], []
    n_samples = X_train.shape[0]

    for epoch in range(epochs):
        model.train()
        indices = torch.randperm(n_samples)
        epoch_loss = 0.0
        for start in range(0, n_samples, batch_size):
            batch_idx = indices[start:start + batch_size]
            batch_x = X_train[batch_idx].to(device)
            batch_y = y_train[batch_idx].to(device)

            optimizer.zero_grad()
            outputs = model(batch_x)
            loss = F.cross_entropy(outputs, batch_y)
            loss.backward()
            optimizer.step()

            epoch_loss += loss.item() * batch_x.size(0)
        train_losses.append(epoch_loss / n_samples)

        model.eval()
        with torch.no_grad():
            val_out = model(X_val.to(device))
            val_losses.append(F.cross_entropy(val_out, y_val.to(device)).item())
            val_acc.append((val_out.argmax(dim=1) == y_val.to(device)).float().mean().item())

    return model, {'train_losses': train_losses, 'val_losses': val_losses, 'val_acc': val_acc}
