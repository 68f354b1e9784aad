# expect: none
# data: tokens
# held-out: blind

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch_xla


class Seq2Seq(nn.Module):
    def __init__(self, vocab, hidden, classes):
        super().__init__()
        self.hidden = hidden
        self.embed = nn.Embedding(vocab, hidden)
        self.encoder = nn.LSTM(hidden, hidden, batch_first=True)
        self.decoder = nn.LSTM(hidden, hidden, batch_first=True)
        self.vocab_head = nn.Linear(hidden, vocab)
        self.class_head = nn.Linear(hidden, classes)

    def encode(self, source):
        return self.encoder(self.embed(source))

    def decode(self, target, state):
        output, _ = self.decoder(self.embed(target), state)
        return self.vocab_head(output)

    def forward(self, source):
        outputs, _ = self.encode(source)
        return self.class_head(outputs[:, -1])


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    torch.manual_seed(int(hyperparams.get("seed", 0)))
    vocab = int(X_train.max()) + 1
    model = Seq2Seq(max(vocab, int(X_val.max()) + 1), 12, int(y_train.max()) + 1).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=hyperparams.get("lr", 1e-2))
    loader = torch.utils.data.DataLoader(
        torch.utils.data.TensorDataset(X_train, y_train), batch_size=16, shuffle=True, drop_last=True
    )
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
    for epoch in range(int(hyperparams.get("epochs", 2))):
        model.train()
        loss_sum = torch.zeros((), device=device)
        for tokens, label in loader:
            tokens, label = tokens.to(device), label.to(device)
            optimizer.zero_grad()
            _, state = model.encode(tokens)
            forced = torch.cat([torch.zeros_like(tokens[:, :1]), tokens[:, :-1]], dim=1)
            reconstruction = model.decode(forced, state)
            loss = F.cross_entropy(reconstruction.transpose(1, 2), tokens)
            loss = loss + F.cross_entropy(model(tokens), label)
            loss.backward()
            optimizer.step()
            torch_xla.sync()
            loss_sum += loss.detach()
        metrics["train_losses"].append(loss_sum.item() / len(loader))
        model.eval()
        with torch.no_grad():
            logits = model(X_val.to(device))
            metrics["val_losses"].append(F.cross_entropy(logits, y_val.to(device)).item())
            metrics["val_acc"].append((logits.argmax(-1) == y_val.to(device)).float().mean().item())
    return model, metrics
