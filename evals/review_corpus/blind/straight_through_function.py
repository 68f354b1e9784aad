# expect: none
# data: tabular
# held-out: blind

import torch
import torch.nn as nn
import torch_xla
from torch.autograd import Function


class BinarySign(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return torch.where(x >= 0, torch.ones_like(x), -torch.ones_like(x))

    @staticmethod
    def backward(ctx, grad_output):
        (x,) = ctx.saved_tensors
        return grad_output * (x.abs() <= 1).to(grad_output.dtype)


class BinaryLinear(nn.Linear):
    def forward(self, x):
        return nn.functional.linear(x, BinarySign.apply(self.weight), self.bias)


class BinaryNet(nn.Module):
    def __init__(self, n_in, n_hidden, n_out):
        super().__init__()
        self.inp = nn.Linear(n_in, n_hidden)
        self.mid = BinaryLinear(n_hidden, n_hidden)
        self.out = nn.Linear(n_hidden, n_out)

    def forward(self, x):
        return self.out(torch.tanh(self.mid(torch.tanh(self.inp(x)))))


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    model = BinaryNet(X_train.shape[1], int(hyperparams.get("width", 16)), int(y_train.max()) + 1).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=hyperparams.get("lr", 0.01))
    loader = torch.utils.data.DataLoader(
        torch.utils.data.TensorDataset(X_train, y_train), batch_size=12, shuffle=True, drop_last=True
    )
    stats = {"train_losses": [], "val_losses": [], "val_acc": []}
    for _ in range(int(hyperparams.get("epochs", 2))):
        model.train()
        seen = torch.zeros((), device=device)
        for batch in loader:
            xs, ys = [t.to(device) for t in batch]
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(xs), ys)
            loss.backward()
            optimizer.step()
            with torch.no_grad():
                model.mid.weight.clamp_(-1, 1)
            torch_xla.sync()
            seen += loss.detach()
        stats["train_losses"].append((seen / len(loader)).item())
        model.eval()
        with torch.no_grad():
            answer = model(X_val.to(device))
            stats["val_losses"].append(nn.functional.cross_entropy(answer, y_val.to(device)).item())
            stats["val_acc"].append((answer.argmax(-1) == y_val.to(device)).float().mean().item())
    return model, stats
