"""The training loop that every blueprint shares: fixed shapes, one sync a step, losses read once an epoch."""

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from agents.expert.blueprints.criterion import Criterion

try:
    import torch_xla
    import torch_xla.core.xla_model as xm
except ImportError:  # the same text runs where there is only torch
    torch_xla = xm = None  # type: ignore[assignment]

EVALUATION_BATCH = 256
STEPS_AN_EPOCH = 16
CLIP_NORM = 1.0


def fit(
    model: nn.Module,
    objective: Criterion,
    data: tuple[Tensor, Tensor, Tensor, Tensor],
    device: torch.device | str,
    settings: dict[str, Any],
    augment: Callable[[Tensor], Tensor] | None = None,
) -> tuple[nn.Module, dict[str, list[float]]]:
    """Train `model` and return its best epoch on the host, with one entry an epoch in every metric.

    `data` is (X_train, y_train, X_val, y_val) on the host. Batches have one fixed size and the last is dropped;
    when rows are few the batch shrinks, so that an epoch still has steps. Raises FloatingPointError on a NaN loss.
    """
    device = torch.device(device)
    X_train, X_val = data[0], data[2]
    y_train, y_val = objective.targets(data[1]), objective.targets(data[3])
    model.to(device)
    objective.to(device)
    optimizer = make_optimizer(model, settings)
    rows, epochs = len(X_train), int(settings["epochs"])
    batch = min(int(settings["batch_size"]), max(2, rows // STEPS_AN_EPOCH), rows)
    steps = rows // batch
    total, seen = torch.zeros((), device=device), 0.0
    history: list[tuple[float, float, float]] = []
    best, best_key, best_epoch = host_copy(model), (-math.inf, -math.inf), 0
    for epoch in range(epochs):
        model.train()
        order = torch.randperm(rows)
        for step in range(steps):
            picked = order[step * batch : (step + 1) * batch]
            inputs = X_train[picked] if augment is None else augment(X_train[picked])
            set_learning_rate(optimizer, float(settings["lr"]), (epoch * steps + step) / (epochs * steps))
            optimizer.zero_grad()
            loss = objective.loss(model(inputs.to(device)), y_train[picked].to(device))
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(model.parameters(), CLIP_NORM)
            total += loss.detach()
            take_step(optimizer, device)
        reached = total.item()
        train_loss, seen = (reached - seen) / steps, reached
        if not math.isfinite(train_loss):
            raise FloatingPointError(f"the training loss became {train_loss} in epoch {epoch + 1}; lower lr")
        val_loss, score = evaluate(model, objective, X_val, y_val, device)
        history.append((train_loss, val_loss, score))
        report = f"train_loss={train_loss:.4f} val_loss={val_loss:.4f} {objective.metric}={score:.4f}"
        print(f"epoch {epoch + 1}/{epochs} {report}", flush=True)
        if (score, -val_loss) > best_key:
            best, best_key, best_epoch = host_copy(model), (score, -val_loss), epoch
        elif epoch - best_epoch >= int(settings["patience"]):
            break
    model.cpu()
    model.load_state_dict(best)
    return objective.finish(model).eval(), objective.metrics(history)


def make_optimizer(model: nn.Module, settings: dict[str, Any]) -> torch.optim.AdamW:
    """AdamW (Loshchilov & Hutter, ICLR 2019); biases and norms are not decayed."""
    matrices = [weight for weight in model.parameters() if weight.ndim > 1]
    vectors = [weight for weight in model.parameters() if weight.ndim <= 1]
    groups: list[dict[str, Any]] = [{"params": matrices, "weight_decay": float(settings["weight_decay"])}]
    if vectors:
        groups.append({"params": vectors, "weight_decay": 0.0})
    return torch.optim.AdamW(groups, lr=float(settings["lr"]))


def set_learning_rate(optimizer: torch.optim.Optimizer, peak: float, progress: float) -> None:
    """Linear warm-up over the first tenth, then a cosine down to a hundredth of the peak (never 0: that recompiles)."""
    warm = min(1.0, (progress + 0.01) / 0.1)
    rate = peak * warm * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * progress)))
    for group in optimizer.param_groups:
        group["lr"] = rate


def take_step(optimizer: torch.optim.Optimizer, device: torch.device) -> None:
    """One optimizer step; on XLA it also cuts the graph, so that every step runs the same compiled program."""
    if device.type == "xla":
        xm.optimizer_step(optimizer)
        torch_xla.sync()
    else:
        optimizer.step()


@torch.no_grad()
def evaluate(model: nn.Module, objective: Criterion, X: Tensor, y: Tensor, device: torch.device) -> tuple[float, float]:
    """Validation loss and score over batches of one fixed size; the last is padded by its own last row."""
    model.eval()
    batch = min(EVALUATION_BATCH, len(X))
    judged = []
    for start in range(0, len(X), batch):
        picked = torch.arange(start, start + batch).clamp(max=len(X) - 1)
        judged.append(objective.judge(model(X[picked].to(device)), y[picked].to(device)))
        if device.type == "xla":
            torch_xla.sync()
    on_host = torch.cat([part.cpu() for part in judged])
    return objective.summarise(on_host[: len(X)])


def host_copy(model: nn.Module) -> dict[str, Tensor]:
    """The weights, detached, on the host."""
    return {name: value.detach().cpu().clone() for name, value in model.state_dict().items()}
