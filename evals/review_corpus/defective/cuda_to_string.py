# expect: CUD002
# data: sequence
# held-out: yes

import torch
from torch import nn, optim
import torch_xla


class SequenceClassifier(nn.Module):
    def __init__(self, input_size, hidden_size, num_layers, num_classes):
        super().__init__()
        self.lstm = nn.LSTM(input_size, hidden_size, num_layers, batch_first=True)
        self.head = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        out, (h, c) = self.lstm(x)
        return self.head(out[:, -1, :])


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    hidden_size = int(hyperparams.get("hidden_size", 8))
    batch_size = int(hyperparams.get("batch_size", 16))
    epochs = int(hyperparams.get("epochs", 2))
    clip = float(hyperparams.get("clip", 1.0))

    num_classes = len(torch.unique(torch.cat([y_train, y_val])))
    model = SequenceClassifier(X_train.size(-1), hidden_size, 1, num_classes)
    model = model.to(device)
    optimizer = optim.Adam(model.parameters(), lr=hyperparams.get("lr", 1e-3))
    scheduler = optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=epochs)
    loss_fn = nn.CrossEntropyLoss()

    n = X_train.size(0)
    num_batches = max(n // batch_size, 1)
    history = {"train_losses": [], "val_losses": [], "val_acc": []}
    for epoch in range(epochs):
        model.train()
        perm = torch.randperm(n)
        total = torch.zeros(1, device=device)
        for i in range(num_batches):
            idx = perm[i * batch_size:(i + 1) * batch_size]
            xb = X_train[idx].to("cuda")
            yb = y_train[idx].to(device)
            optimizer.zero_grad(set_to_none=True)
            loss = loss_fn(model(xb), yb)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), clip)
            optimizer.step()
            torch_xla.sync()
            total = total + loss.detach()
        scheduler.step()
        history["train_losses"].append((total / num_batches).item())

        model.eval()
        with torch.no_grad():
            logits = model(X_val.to(device))
            targets = y_val.to(device)
            history["val_losses"].append(loss_fn(logits, targets).item())
            history["val_acc"].append((logits.argmax(-1) == targets).float().mean().item())
    return model, history
