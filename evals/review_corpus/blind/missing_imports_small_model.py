# expect: IMP001
# data: tabular
# held-out: blind

import torch
import torch.nn as nn
import torch_xla.core.xla_model as xm


class MLP(nn.Module):
    def __init__(self, input_size, hidden_size, num_classes):
        super().__init__()
        self.fc1 = nn.Linear(input_size, hidden_size)
        self.fc2 = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        return self.fc2(F.relu(self.fc1(x)))


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    hidden_size = int(hyperparams.get("hidden_size", 16))
    model = MLP(X_train.shape[1], hidden_size, len(np.unique(y_train.numpy()))).to(device)
    criterion = nn.CrossEntropyLoss()
    optimizer = optim.Adam(model.parameters(), lr=hyperparams.get("lr", 1e-3))
    dataset = TensorDataset(X_train, y_train)
    train_loader = DataLoader(dataset, batch_size=16, shuffle=True, drop_last=True)
    train_losses, val_losses, val_acc = [], [], []
    for epoch in range(2):
        model.train()
        total = torch.zeros((), device=device)
        for inputs, labels in train_loader:
            inputs, labels = inputs.to(device), labels.to(device)
            optimizer.zero_grad()
            loss = criterion(model(inputs), labels)
            loss.backward()
            xm.optimizer_step(optimizer, barrier=True)
            total += loss.detach()
        train_losses.append(total.item() / len(train_loader))
        model.eval()
        with torch.no_grad():
            out = model(X_val.to(device))
            val_losses.append(criterion(out, y_val.to(device)).item())
            val_acc.append((out.argmax(1) == y_val.to(device)).float().mean().item())
    return model, {"train_losses": train_losses, "val_losses": val_losses, "val_acc": val_acc}
