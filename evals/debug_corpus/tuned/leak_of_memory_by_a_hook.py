# category: leak
# data: synthetic:sequence
# target: cpu
# expect: training_code
# fails: execution, out_of_memory
# says: memory
# about: a hook keeps every activation of every step, with its graph, and nothing ever lets go of them
# limits: {"memory_mb": 400, "wall_s": 120}
# twin-score: 1.000
# chance-score: 0.371
# mend: ["seen.append(output)", "seen.append(output.detach().mean())"]
# space: {"channels": {"default": 64, "type": "Categorical", "categories": [16, 32, 64]}, "lr": {"default": 0.004, "type": "Real", "low": 0.0005, "high": 0.02, "prior": "log-uniform"}, "epochs": {"default": 30, "type": "Integer", "low": 2, "high": 40}}

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def watch(model):
    """Collects what the convolutions answer, to look at dead units later."""
    seen = []

    def keep(_module, _inputs, output):
        seen.append(output)

    for module in model.modules():
        if isinstance(module, nn.Conv1d):
            module.register_forward_hook(keep)
    return seen


def train_model(X_train, y_train, X_val, y_val, device, channels=32, lr=0.004, epochs=15, **hyperparams):
    model = nn.Sequential(
        nn.Conv1d(2, channels, 5, padding=2),
        nn.ReLU(),
        nn.Conv1d(channels, channels, 5, padding=2),
        nn.ReLU(),
        nn.Conv1d(channels, channels, 5, padding=2),
        nn.ReLU(),
        nn.AdaptiveAvgPool1d(1),
        nn.Flatten(),
        nn.Linear(channels, 3),
    ).to(device)
    seen = watch(model)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    criterion = nn.CrossEntropyLoss()
    loader = DataLoader(TensorDataset(X_train, y_train), batch_size=42, shuffle=True, drop_last=True)
    metrics = {"train_losses": [], "val_losses": [], "val_acc": []}
    for epoch in range(epochs):
        model.train()
        losses = []
        for x, y in loader:
            optimizer.zero_grad()
            loss = criterion(model(x.to(device)), y.to(device))
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        model.eval()
        with torch.no_grad():
            logits = model(X_val.to(device)).cpu()
        metrics["train_losses"].append(sum(losses) / len(losses))
        metrics["val_losses"].append(criterion(logits, y_val).item())
        metrics["val_acc"].append((logits.argmax(1) == y_val).float().mean().item())
    dead = sum(float((output <= 0).float().mean()) for output in seen) / max(1, len(seen))
    print(f"share of inactive units {dead:.2f}")
    for module in model.modules():
        module._forward_hooks.clear()
    return model, metrics
