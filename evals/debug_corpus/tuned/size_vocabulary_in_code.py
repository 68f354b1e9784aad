# category: constraint
# data: synthetic:tokens
# target: cpu
# expect: training_code
# fails: size limit
# says: KB is the limit
# about: an embedding of 30,522 rows for fifty tokens
# twin-score: 1.000
# chance-score: 0.525
# mend: ["VOCABULARY = 30522", "VOCABULARY = 50"]
# space: {"dim": {"default": 32, "type": "Categorical", "categories": [16, 32, 64]}, "lr": {"default": 0.005, "type": "Real", "low": 0.0005, "high": 0.02, "prior": "log-uniform"}, "epochs": {"default": 10, "type": "Integer", "low": 2, "high": 20}}

import torch
import torch.nn as nn
from torch.nn import functional as F

VOCABULARY = 30522


class GatedTagger(nn.Module):
    """Bidirectional GRU over embedded tokens, its outputs pooled by their maximum."""

    def __init__(self, dim):
        super().__init__()
        self.lookup = nn.Embedding(VOCABULARY, dim)
        self.rnn = nn.GRU(dim, dim, batch_first=True, bidirectional=True)
        self.decide = nn.Linear(2 * dim, 2)

    def forward(self, tokens):
        states, _ = self.rnn(self.lookup(tokens))
        return self.decide(states.amax(dim=1))


def train_model(X_train, y_train, X_val, y_val, device, dim=32, lr=5e-3, epochs=10, **hyperparams):
    net = GatedTagger(dim).to(device)
    opt = torch.optim.Adam(net.parameters(), lr=lr)
    stats = {"train_losses": [], "val_losses": [], "val_acc": []}
    for e in range(epochs):
        net.train()
        batch_losses = []
        for idx in torch.randperm(len(X_train)).split(50):
            opt.zero_grad()
            loss = F.cross_entropy(net(X_train[idx].to(device)), y_train[idx].to(device))
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            opt.step()
            batch_losses.append(loss.item())
        net.eval()
        with torch.no_grad():
            out = net(X_val.to(device)).cpu()
        stats["train_losses"].append(sum(batch_losses) / len(batch_losses))
        stats["val_losses"].append(F.cross_entropy(out, y_val).item())
        stats["val_acc"].append((out.argmax(1) == y_val).float().mean().item())
    return net, stats
