# expect: XLA009
# data: sequence
# held-out: blind

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch_xla


class RelativeAttention(nn.Module):
    def __init__(self, d, heads, max_len):
        super().__init__()
        self.h = heads
        self.qkv = nn.Linear(d, 3 * d)
        self.bias = nn.Embedding(2 * max_len + 1, heads)
        self.max_len = max_len
        self.o = nn.Linear(d, d)

    def forward(self, x):
        b, n, d = x.shape
        q, k, v = self.qkv(x).chunk(3, dim=-1)
        q, k, v = (t.view(b, n, self.h, d // self.h).transpose(1, 2) for t in (q, k, v))
        position = torch.arange(n)
        relative = position[None, :] - position[:, None] + self.max_len
        scores = q @ k.transpose(-1, -2) + self.bias(relative).permute(2, 0, 1)
        return self.o((scores.softmax(-1) @ v).transpose(1, 2).reshape(b, n, d))


class Net(nn.Module):
    def __init__(self, channels, length, classes):
        super().__init__()
        self.inp = nn.Linear(channels, 16)
        self.att = RelativeAttention(16, 2, length)
        self.out = nn.Linear(16, classes)

    def forward(self, x):
        return self.out(self.att(self.inp(x)).mean(1))


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    net = Net(X_train.shape[2], X_train.shape[1], int(y_train.max()) + 1).to(device)
    opt = torch.optim.AdamW(net.parameters(), lr=hyperparams.get("lr", 1e-3))
    loader = torch.utils.data.DataLoader(
        torch.utils.data.TensorDataset(X_train, y_train), batch_size=16, shuffle=True, drop_last=True
    )
    m = {"train_losses": [], "val_losses": [], "val_acc": []}
    for _ in range(int(hyperparams.get("epochs", 2))):
        net.train()
        ls = []
        for x, y in loader:
            x, y = x.to(device), y.to(device)
            opt.zero_grad()
            loss = F.cross_entropy(net(x), y)
            loss.backward()
            opt.step()
            torch_xla.sync()
            ls.append(loss.detach())
        m["train_losses"].append(torch.stack(ls).mean().item())
        net.eval()
        with torch.no_grad():
            z = net(X_val.to(device))
            m["val_losses"].append(F.cross_entropy(z, y_val.to(device)).item())
            m["val_acc"].append((z.argmax(1) == y_val.to(device)).float().mean().item())
    return net, m
