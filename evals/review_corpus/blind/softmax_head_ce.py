# expect: NUM001
# data: image
# held-out: blind

import torch
import torch.nn as nn
import torch.optim as optim
from torch.utils.data import DataLoader, TensorDataset
import torch_xla.core.xla_model as xm

class SimpleCNN(nn.Module):
    def __init__(self, in_channels, num_classes):
        super(SimpleCNN, self).__init__()
        self.conv1 = nn.Conv2d(in_channels, 8, kernel_size=3, padding=1)
        self.pool = nn.MaxPool2d(2, 2)
        self.fc1 = nn.Linear(8 * 4 * 4, num_classes)
        self.softmax = nn.Softmax(dim=1)

    def forward(self, x):
        x = self.pool(torch.relu(self.conv1(x)))
        x = x.view(x.size(0), -1)
        x = self.fc1(x)
        return self.softmax(x)

def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    model = SimpleCNN(X_train.shape[1], int(y_train.max()) + 1).to(device)
    criterion = nn.CrossEntropyLoss()
    optimizer = optim.Adam(model.parameters(), lr=hyperparams.get('lr', 0.001))
    train_loader = DataLoader(TensorDataset(X_train, y_train), batch_size=16, shuffle=True, drop_last=True)
    train_losses, val_losses, val_acc = [], [], []
    for epoch in range(int(hyperparams.get('epochs', 2))):
        model.train()
        running_loss = torch.zeros((), device=device)
        for inputs, labels in train_loader:
            inputs, labels = inputs.to(device), labels.to(device)
            optimizer.zero_grad()
            outputs = model(inputs)
            loss = criterion(outputs, labels)
            loss.backward()
            xm.optimizer_step(optimizer, barrier=True)
            running_loss += loss.detach()
        train_losses.append(running_loss.item() / len(train_loader))
        model.eval()
        with torch.no_grad():
            outputs = model(X_val.to(device))
            val_losses.append(criterion(outputs, y_val.to(device)).item())
            val_acc.append((outputs.argmax(1) == y_val.to(device)).float().mean().item())
    return model, {'train_losses': train_losses, 'val_losses': val_losses, 'val_acc': val_acc}
