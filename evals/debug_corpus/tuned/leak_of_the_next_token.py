# category: leak
# data: language
# target: cpu
# expect: training_code
# fails: smoke run, raised in measure: ContractError
# says: looks ahead
# about: attention without a causal mask sees the token that it is to predict
# twin-score: -2.464
# chance-score: -18.747
# mend: ["self.block(h)", "self.block(h, src_mask=torch.triu(torch.full((x.shape[1], x.shape[1]), float(\"-inf\")), 1))"]
# space: {"d_model": {"default": 24, "type": "Categorical", "categories": [16, 24, 32]}, "lr": {"default": 0.01, "type": "Real", "low": 0.0005, "high": 0.02, "prior": "log-uniform"}, "epochs": {"default": 6, "type": "Integer", "low": 1, "high": 10}}

import torch
import torch.nn as nn
import torch.nn.functional as F


class LanguageModel(nn.Module):
    def __init__(self, vocabulary, length, d_model):
        super().__init__()
        self.embed = nn.Embedding(vocabulary, d_model)
        self.position = nn.Parameter(torch.zeros(length, d_model))
        self.block = nn.TransformerEncoderLayer(d_model, 2, dim_feedforward=4 * d_model, dropout=0.0, batch_first=True)
        self.unembed = nn.Linear(d_model, vocabulary)

    def forward(self, x):
        h = self.embed(x) + self.position[: x.shape[1]]
        return self.unembed(self.block(h))


def train_model(X_train, y_train, X_val, y_val, device, d_model=24, lr=0.01, epochs=6, **hyperparams):
    vocabulary = int(max(X_train.max(), X_val.max(), y_train.max())) + 1
    model = LanguageModel(vocabulary, X_train.shape[1], d_model).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    metrics = {"train_losses": [], "val_losses": [], "val_metric": []}
    for epoch in range(epochs):
        model.train()
        losses = []
        for rows in torch.randperm(len(X_train)).split(20):
            logits = model(X_train[rows].to(device))
            loss = F.cross_entropy(logits.flatten(0, 1), y_train[rows].flatten().to(device))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        model.eval()
        with torch.no_grad():
            held = F.cross_entropy(model(X_val.to(device)).flatten(0, 1), y_val.flatten().to(device)).item()
        metrics["train_losses"].append(sum(losses) / len(losses))
        metrics["val_losses"].append(held)
        metrics["val_metric"].append(-held)
        print(f"epoch {epoch + 1}/{epochs} val_loss={held:.4f}")
    return model, metrics
