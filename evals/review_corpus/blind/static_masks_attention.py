# expect: none
# data: tokens
# held-out: blind

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch_xla.core.xla_model as xm


class MaskedPool(nn.Module):
    def forward(self, h, mask):
        m = mask.unsqueeze(-1).to(h.dtype)
        return (h * m).sum(1) / m.sum(1).clamp(min=1.0)


class TextNet(nn.Module):
    def __init__(self, vocab, d, heads, classes, pad=0):
        super().__init__()
        self.pad = pad
        self.emb = nn.Embedding(vocab, d, padding_idx=pad)
        layer = nn.TransformerEncoderLayer(d, heads, 2 * d, dropout=0.0, batch_first=True)
        self.enc = nn.TransformerEncoder(layer, 1, enable_nested_tensor=False)
        self.pool = MaskedPool()
        self.fc = nn.Linear(d, classes)

    def forward(self, ids):
        mask = ids.ne(self.pad)
        h = self.enc(self.emb(ids), src_key_padding_mask=~mask)
        return self.fc(self.pool(h, mask))


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    heads = int(hyperparams.get("heads", 2))
    d = heads * int(hyperparams.get("head_dim", 8))
    vocab = int(torch.max(X_train.max(), X_val.max())) + 1
    model = TextNet(vocab, d, heads, int(y_train.max()) + 1)
    model = model.to(device)
    opt = torch.optim.Adam(model.parameters(), lr=hyperparams.get("lr", 1e-3), betas=(0.9, 0.98))
    ds = torch.utils.data.TensorDataset(X_train.long(), y_train.long())
    loader = torch.utils.data.DataLoader(ds, batch_size=16, shuffle=True, drop_last=True)
    train_losses, val_losses, val_acc = [], [], []
    for ep in range(int(hyperparams.get("epochs", 2))):
        model.train()
        tot, nb = torch.zeros((), device=device), 0
        for ids, lab in loader:
            ids, lab = ids.to(device), lab.to(device)
            opt.zero_grad()
            per_sample = F.cross_entropy(model(ids), lab, reduction="none")
            weights = torch.where(per_sample > 3.0, 0.5, 1.0)
            loss = (per_sample * weights).mean()
            loss.backward()
            xm.optimizer_step(opt)
            xm.mark_step()
            tot += loss.detach()
            nb += 1
        train_losses.append((tot / nb).item())
        model.eval()
        with torch.no_grad():
            lg = model(X_val.long().to(device))
        lg = lg.to("cpu")
        val_losses.append(F.cross_entropy(lg, y_val).item())
        val_acc.append((lg.argmax(1) == y_val).float().mean().item())
    return model, {"train_losses": train_losses, "val_losses": val_losses, "val_acc": val_acc}
