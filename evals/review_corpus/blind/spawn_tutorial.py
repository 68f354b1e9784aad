# expect: SEC001 XLA005
# data: image
# held-out: blind

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch_xla.core.xla_model as xm
import torch_xla.distributed.parallel_loader as pl
import torch_xla.distributed.xla_multiprocessing as xmp


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    metrics = {'train_losses': [], 'val_losses': [], 'val_acc': []}
    keep = {}

    def _mp_fn(index, flags):
        device = xm.xla_device()
        model = nn.Sequential(nn.Flatten(), nn.Linear(X_train[0].numel(), int(y_train.max()) + 1)).to(device)
        loader = torch.utils.data.DataLoader(
            torch.utils.data.TensorDataset(X_train, y_train), batch_size=16, shuffle=True, drop_last=True)
        optimizer = torch.optim.SGD(model.parameters(), lr=flags['lr'])
        para_loader = pl.MpDeviceLoader(loader, device)
        for epoch in range(flags['epochs']):
            model.train()
            total = torch.zeros((), device=device)
            for data, target in para_loader:
                optimizer.zero_grad()
                loss = F.cross_entropy(model(data), target)
                loss.backward()
                xm.optimizer_step(optimizer)
                total += loss.detach()
            model.eval()
            with torch.no_grad():
                logits = model(X_val.to(device))
                metrics['val_losses'].append(F.cross_entropy(logits, y_val.to(device)).item())
                metrics['val_acc'].append((logits.argmax(1) == y_val.to(device)).float().mean().item())
            metrics['train_losses'].append(total.item() / len(loader))
        keep['model'] = model

    xmp.spawn(_mp_fn, args=({'lr': hyperparams.get('lr', 0.01), 'epochs': 2},), nprocs=1, start_method='fork')
    return keep['model'], metrics
