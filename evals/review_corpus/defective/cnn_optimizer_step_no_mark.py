# expect: XLA001
# data: image
# held-out: no

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch_xla.core.xla_model as xm
from torch.utils.data import DataLoader, TensorDataset


class SmallCNN(nn.Module):
    def __init__(self, channels, num_classes):
        super(SmallCNN, self).__init__()
        self.conv1 = nn.Conv2d(1, channels, kernel_size=3, padding=1)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels * 2, kernel_size=3, padding=1)
        self.pool = nn.MaxPool2d(2)
        self.fc = nn.Linear(channels * 2, num_classes)

    def forward(self, x):
        x = self.pool(F.relu(self.bn1(self.conv1(x))))
        x = F.relu(self.conv2(x))
        x = F.adaptive_avg_pool2d(x, 1).flatten(1)
        return self.fc(x)


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    batch_size = hyperparams.get('batch_size', 16)
    dataset = TensorDataset(X_train.float(), y_train.long())
    loader = DataLoader(dataset, batch_size=batch_size, shuffle=True, drop_last=len(dataset) > batch_size)
    model = SmallCNN(hyperparams.get('channels', 4), int(y_train.max().item()) + 1).to(device)
    criterion = nn.CrossEntropyLoss(label_smoothing=0.05)
    optimizer = torch.optim.AdamW(model.parameters(), lr=hyperparams.get('lr', 1e-3))
    train_losses, val_losses, val_acc = [], [], []
    X_val_dev, y_val_dev = X_val.float().to(device), y_val.long().to(device)

    for epoch in range(hyperparams.get('epochs', 2)):
        model.train()
        losses = []
        for data, target in loader:
            data, target = data.to(device), target.to(device)
            optimizer.zero_grad()
            output = model(data)
            loss = criterion(output, target)
            loss.backward()
            xm.optimizer_step(optimizer)
            losses.append(loss.detach())
        train_losses.append(torch.stack(losses).mean().item())

        model.eval()
        with torch.no_grad():
            output = model(X_val_dev)
            val_losses.append(criterion(output, y_val_dev).item())
            val_acc.append((output.argmax(1) == y_val_dev).float().mean().item())
        print(f"epoch {epoch}: {train_losses[-1]:.4f} {val_acc[-1]:.3f}")
    return model, {'train_losses': train_losses, 'val_losses': val_losses, 'val_acc': val_acc}
