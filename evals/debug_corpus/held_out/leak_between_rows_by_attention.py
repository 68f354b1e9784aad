# category: leak
# data: synthetic:tokens
# target: cpu
# expect: training_code
# fails: smoke run, raised in export: ContractError
# says: changes with the other rows of its batch|answers differently
# about: attention takes the batch for the sequence, so that each row is judged with the help of the others
# twin-score: 0.908
# chance-score: 0.525
# mend: ["dropout=0.0)", "dropout=0.0, batch_first=True)"]
# space: {"model_dim": {"default": 24, "type": "Categorical", "categories": [16, 24, 32]}, "lr": {"default": 0.005, "type": "Real", "low": 0.0005, "high": 0.02, "prior": "log-uniform"}, "epochs": {"default": 16, "type": "Integer", "low": 2, "high": 25}}

import torch
import torch.nn as nn


class TokenClassifier(nn.Module):
    def __init__(self, vocab_size, seq_len, model_dim):
        super().__init__()
        self.token = nn.Embedding(vocab_size, model_dim)
        self.pos = nn.Parameter(torch.randn(1, seq_len, model_dim) * 0.1)
        self.block = nn.TransformerEncoderLayer(d_model=model_dim, nhead=2, dim_feedforward=64, dropout=0.0)
        self.fc = nn.Linear(model_dim, 2)

    def forward(self, x):
        h = self.token(x) + self.pos
        h = self.block(h)
        return self.fc(h.max(dim=1)[0])


def train_model(X_train, y_train, X_val, y_val, device, model_dim=24, lr=0.005, epochs=16, **hyperparams):
    model = TokenClassifier(50, X_train.size(1), model_dim).to(device)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    train_losses, val_losses, val_acc = [], [], []
    for epoch in range(epochs):
        model.train()
        epoch_loss, n = 0.0, 0
        perm = torch.randperm(X_train.size(0))
        for i in range(0, X_train.size(0) - 39, 40):
            idx = perm[i : i + 40]
            out = model(X_train[idx].to(device))
            loss = criterion(out, y_train[idx].to(device))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            epoch_loss += loss.item()
            n += 1
        model.eval()
        with torch.no_grad():
            out = model(X_val.to(device))
            val_losses.append(criterion(out, y_val.to(device)).item())
            val_acc.append((out.argmax(1) == y_val.to(device)).float().mean().item())
        train_losses.append(epoch_loss / n)
    return model, {"train_losses": train_losses, "val_losses": val_losses, "val_acc": val_acc}
