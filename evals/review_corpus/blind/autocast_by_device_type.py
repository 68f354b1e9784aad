# expect: none
# data: image
# held-out: blind

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch_xla.core.xla_model as xm
from torch.utils.data import DataLoader, TensorDataset


class DepthwiseNet(nn.Module):
    def __init__(self, channels: int, classes: int):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(channels, 8, 3, padding=1, bias=False),
            nn.BatchNorm2d(8),
            nn.ReLU6(inplace=True),
            nn.Conv2d(8, 8, 3, padding=1, groups=8, bias=False),
            nn.Conv2d(8, 16, 1),
            nn.ReLU6(inplace=True),
            nn.AdaptiveAvgPool2d(1),
        )
        self.classifier = nn.Linear(16, classes)

    def forward(self, images):
        return self.classifier(self.features(images).flatten(1))


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    """bfloat16 forward pass, float32 weights."""
    model = DepthwiseNet(X_train.shape[1], int(y_train.max().item()) + 1).to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=hyperparams.get("lr", 0.05), momentum=0.9, nesterov=True)
    kind = torch.device(device).type
    loader = DataLoader(TensorDataset(X_train.float(), y_train.long()), batch_size=16, shuffle=True, drop_last=True)
    train_losses, val_losses, val_acc = [], [], []
    for epoch in range(int(hyperparams.get("epochs", 2))):
        model.train()
        epoch_loss = torch.tensor(0.0, device=device)
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            optimizer.zero_grad()
            with torch.autocast(device_type=kind, dtype=torch.bfloat16):
                logits = model(images)
            loss = F.cross_entropy(logits.float(), labels)
            loss.backward()
            optimizer.step()
            xm.mark_step()
            epoch_loss = epoch_loss + loss.detach()
        train_losses.append(epoch_loss.cpu().item() / len(loader))
        model.eval()
        with torch.no_grad():
            logits = model(X_val.float().to(device))
            val_losses.append(F.cross_entropy(logits, y_val.to(device)).item())
            val_acc.append((logits.argmax(1) == y_val.to(device)).float().mean().item())
        print(f"[{epoch + 1}] loss={train_losses[-1]:.4f} acc={val_acc[-1]:.4f}")
    return model, {"train_losses": train_losses, "val_losses": val_losses, "val_acc": val_acc}
