# expect: none
# data: sequence
# held-out: blind

import torch
import torch.nn as nn
import torch.optim as optim
from torch.utils.data import DataLoader, TensorDataset
import torch_xla.core.xla_model as xm


class LSTMClassifier(nn.Module):
    def __init__(self, input_size, hidden_size, num_layers, num_classes):
        super(LSTMClassifier, self).__init__()
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.lstm = nn.LSTM(input_size, hidden_size, num_layers, batch_first=True, bidirectional=True, dropout=0.1)
        self.fc = nn.Linear(hidden_size * 2, num_classes)

    def forward(self, x):
        h0 = torch.zeros(self.num_layers * 2, x.size(0), self.hidden_size, device=x.device)
        c0 = torch.zeros(self.num_layers * 2, x.size(0), self.hidden_size, device=x.device)
        out, _ = self.lstm(x, (h0, c0))
        return self.fc(out[:, -1, :])


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    # Hyperparameters
    hidden_size = int(hyperparams.get('hidden_size', 8))
    num_layers = int(hyperparams.get('num_layers', 2))
    learning_rate = hyperparams.get('learning_rate', 0.001)
    batch_size = int(hyperparams.get('batch_size', 16))
    num_epochs = int(hyperparams.get('num_epochs', 2))

    # Dataset and loaders
    train_loader = DataLoader(TensorDataset(X_train, y_train), batch_size=batch_size, shuffle=True, drop_last=True)
    val_loader = DataLoader(TensorDataset(X_val, y_val), batch_size=batch_size, shuffle=False)

    # Model
    model = LSTMClassifier(X_train.shape[-1], hidden_size, num_layers, len(torch.unique(y_train))).to(device)
    criterion = nn.CrossEntropyLoss()
    optimizer = optim.Adam(model.parameters(), lr=learning_rate)

    train_losses = []
    val_losses = []
    val_accuracies = []

    for epoch in range(num_epochs):
        model.train()
        running_loss = 0.0
        for inputs, labels in train_loader:
            inputs = inputs.to(device)
            labels = labels.to(device)

            optimizer.zero_grad()
            outputs = model(inputs)
            loss = criterion(outputs, labels)
            loss.backward()
            xm.optimizer_step(optimizer, barrier=True)

            running_loss += loss.detach()

        train_losses.append(running_loss.item() / len(train_loader))

        model.eval()
        val_loss = 0.0
        correct = 0
        with torch.no_grad():
            for inputs, labels in val_loader:
                inputs = inputs.to(device)
                labels = labels.to(device)
                outputs = model(inputs)
                val_loss += criterion(outputs, labels) * labels.size(0)
                _, predicted = torch.max(outputs.data, 1)
                correct += (predicted == labels).sum()
                xm.mark_step()

        val_losses.append(val_loss.item() / len(y_val))
        val_accuracies.append(correct.item() / len(y_val))
        print(f'Epoch [{epoch+1}/{num_epochs}], Loss: {train_losses[-1]:.4f}, Val Acc: {val_accuracies[-1]:.4f}')

    return model, {'train_losses': train_losses, 'val_losses': val_losses, 'val_acc': val_accuracies}
