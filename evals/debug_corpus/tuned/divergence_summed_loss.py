# category: divergence
# data: diabetes
# target: cpu
# expect: training_code bo_config
# fails: execution, raised in contract: ContractError
# says: diverged
# about: squared errors of raw targets are summed over the batch, and momentum steps run away
# twin-score: 0.446
# chance-score: 0.000
# mend: ["reduction=\"sum\"", "reduction=\"mean\""]
# space: {"momentum": {"default": 0.9, "type": "Real", "low": 0.0, "high": 0.99}, "lr": {"default": 0.0001, "type": "Real", "low": 1e-07, "high": 0.001, "prior": "log-uniform"}, "epochs": {"default": 60, "type": "Integer", "low": 5, "high": 100}}

import torch

from torch.nn import Linear, MSELoss, Sequential, Softplus
from torch.optim import SGD
from torch.utils.data import BatchSampler, RandomSampler


def train_model(X_train, y_train, X_val, y_val, device, momentum=0.9, lr=1e-4, epochs=60, **hyperparams):
    torch.manual_seed(3)
    model = Sequential(Linear(X_train.shape[1], 24), Softplus(), Linear(24, 1)).to(device)
    loss_function = MSELoss(reduction="sum")
    optimizer = SGD(model.parameters(), lr=lr, momentum=momentum)
    sampler = BatchSampler(RandomSampler(range(len(X_train))), batch_size=32, drop_last=True)
    train_losses, val_losses, val_metric = [], [], []
    spread = ((y_val - y_val.mean()) ** 2).mean().item()
    for _ in range(epochs):
        model.train()
        sums = []
        for rows in sampler:
            prediction = model(X_train[rows].to(device))
            loss = loss_function(prediction[:, 0], y_train[rows].to(device))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            sums.append(float(loss))
        model.eval()
        with torch.no_grad():
            residual = model(X_val.to(device))[:, 0].cpu() - y_val
        train_losses.append(sum(sums) / len(sums))
        val_losses.append((residual**2).mean().item())
        val_metric.append(1 - val_losses[-1] / spread)
    return model, {"train_losses": train_losses, "val_losses": val_losses, "val_metric": val_metric}
