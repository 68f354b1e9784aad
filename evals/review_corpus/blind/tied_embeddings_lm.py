# expect: none
# data: tokens
# held-out: blind

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch_xla


class TiedModel(nn.Module):
    def __init__(self, vocab, width, classes):
        super().__init__()
        self.tok = nn.Embedding(vocab, width)
        self.mix = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))
        self.lm = nn.Linear(width, vocab, bias=False)
        self.lm.weight = self.tok.weight
        self.cls = nn.Linear(width, classes)
        self.register_buffer("mask", torch.tril(torch.ones(64, 64)))

    def forward(self, ids):
        h = self.tok(ids)
        steps = ids.shape[1]
        w = self.mask[:steps, :steps]
        h = (w / w.sum(-1, keepdim=True)) @ h
        return self.cls(self.mix(h).mean(1))

    def next_token(self, ids):
        return self.lm(self.mix(self.tok(ids)))


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    vocab = int(max(X_train.max(), X_val.max())) + 1
    model = TiedModel(vocab, int(hyperparams.get("width", 16)), int(y_train.max()) + 1).to(device)
    opt = torch.optim.Adam(model.parameters(), lr=hyperparams.get("lr", 5e-3))
    bs = 16
    usable = len(X_train) - len(X_train) % bs
    result = {"train_losses": [], "val_losses": [], "val_acc": []}
    for epoch in range(int(hyperparams.get("epochs", 2))):
        model.train()
        order = torch.randperm(len(X_train))[:usable]
        parts = []
        for rows in order.split(bs):
            ids, target = X_train[rows].to(device), y_train[rows].to(device)
            opt.zero_grad()
            lm = model.next_token(ids[:, :-1])
            aux = F.cross_entropy(lm.reshape(-1, vocab), ids[:, 1:].reshape(-1))
            loss = F.cross_entropy(model(ids), target) + 0.1 * aux
            loss.backward()
            opt.step()
            torch_xla.sync()
            parts.append(loss.detach())
        result["train_losses"].append(torch.stack(parts).mean().item())
        model.eval()
        with torch.no_grad():
            logits = model(X_val.to(device))
            result["val_losses"].append(F.cross_entropy(logits, y_val.to(device)).item())
            result["val_acc"].append((logits.argmax(1) == y_val.to(device)).float().mean().item())
    return model, result
