# expect: none
# data: tabular
# held-out: yes

import numpy.linalg
import torch
import torch.nn.utils.parametrize
import torch_xla.core.xla_model as xm
import torch_xla.distributed.parallel_loader as pl
from torch.ao.quantization import DeQuantStub, QuantStub
from torch.distributions.categorical import Categorical
from torch.nn import functional as F
from torch.nn import init, utils
from torch.nn.modules.linear import Linear
from torch.nn.utils import parametrizations
from torch.optim.swa_utils import AveragedModel
from torch.utils.data.dataset import TensorDataset
from torch.utils.data import DataLoader

try:
    from torch.nn.somewhere_else import Fancy
except ImportError:
    Fancy = None


class Net(torch.nn.Module):
    def __init__(self, features, classes):
        super().__init__()
        self.enter, self.leave = QuantStub(), DeQuantStub()
        self.a, self.b = Linear(features, 16), Linear(16, classes)
        init.xavier_uniform_(self.a.weight)

    def forward(self, x):
        return self.leave(self.b(F.relu(self.a(self.enter(x)))))


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    model = Net(X_train.shape[1], int(y_train.max()) + 1).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=hyperparams.get("lr", 1e-2))
    loader = DataLoader(TensorDataset(X_train, y_train), batch_size=16, shuffle=True, drop_last=True)
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
    for _ in range(int(hyperparams.get("epochs", 2))):
        model.train()
        total = torch.zeros((), device=device)
        for xb, yb in loader:
            xb, yb = xb.to(device), yb.to(device)
            optimizer.zero_grad()
            loss = F.cross_entropy(model(xb), yb)
            loss.backward()
            utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            xm.mark_step()
            total += loss.detach()
        model.eval()
        with torch.no_grad():
            logits = model(X_val.to(device))
            val_loss = F.cross_entropy(logits, y_val.to(device))
        xm.mark_step()
        metrics["train_losses"].append(float(total) / max(1, len(loader)))
        metrics["val_losses"].append(float(val_loss))
        metrics["val_acc"].append(float((logits.argmax(1).cpu() == y_val).float().mean()))
    return model, metrics
