# expect: none
# data: tabular
# held-out: blind

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
import torch_xla
from torch import nn
from torch.optim.lr_scheduler import LambdaLR
from torch.utils.data import DataLoader, Dataset


@dataclass
class TrainingArguments:
    learning_rate: float = 5e-4
    num_train_epochs: int = 2
    per_device_train_batch_size: int = 16
    warmup_ratio: float = 0.1
    weight_decay: float = 0.01
    max_grad_norm: float = 1.0


class DictDataset(Dataset):
    def __init__(self, features: torch.Tensor, labels: torch.Tensor) -> None:
        self.features, self.labels = features, labels

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        return {"input": self.features[index], "labels": self.labels[index]}


class Trainer:
    def __init__(self, model: nn.Module, args: TrainingArguments, train: Dataset, evaluation: Dataset, device: Any):
        self.model = model.to(device)
        self.args, self.train_dataset, self.eval_dataset, self.device = args, train, evaluation, device
        decay = [p for n, p in self.model.named_parameters() if "bias" not in n]
        rest = [p for n, p in self.model.named_parameters() if "bias" in n]
        self.optimizer = torch.optim.AdamW(
            [{"params": decay, "weight_decay": args.weight_decay}, {"params": rest, "weight_decay": 0.0}],
            lr=args.learning_rate,
        )
        self.log: dict[str, list[float]] = {"train_losses": [], "val_losses": [], "val_acc": []}

    def _prepare_inputs(self, inputs: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        return {name: value.to(self.device) for name, value in inputs.items()}

    def compute_loss(self, inputs: dict[str, torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
        logits = self.model(inputs["input"])
        return nn.functional.cross_entropy(logits, inputs["labels"]), logits

    def training_step(self, inputs: dict[str, torch.Tensor]) -> torch.Tensor:
        self.model.train()
        loss, _ = self.compute_loss(self._prepare_inputs(inputs))
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), self.args.max_grad_norm)
        self.optimizer.step()
        self.scheduler.step()
        self.optimizer.zero_grad()
        torch_xla.sync()
        return loss.detach()

    def train(self) -> None:
        loader = DataLoader(
            self.train_dataset, batch_size=self.args.per_device_train_batch_size, shuffle=True, drop_last=True
        )
        steps = len(loader) * self.args.num_train_epochs
        warmup = max(1, int(steps * self.args.warmup_ratio))
        self.scheduler = LambdaLR(
            self.optimizer, lambda step: min((step + 1) / warmup, max(0.0, (steps - step) / max(1, steps - warmup)))
        )
        for _ in range(self.args.num_train_epochs):
            losses = [self.training_step(inputs) for inputs in loader]
            self.log["train_losses"].append(torch.stack(losses).mean().item())
            self.evaluate()

    @torch.no_grad()
    def evaluate(self) -> None:
        self.model.eval()
        total = torch.zeros((), device=self.device)
        right = torch.zeros((), device=self.device)
        for inputs in DataLoader(self.eval_dataset, batch_size=self.args.per_device_train_batch_size):
            inputs = self._prepare_inputs(inputs)
            loss, logits = self.compute_loss(inputs)
            total += loss * inputs["labels"].shape[0]
            right += (logits.argmax(-1) == inputs["labels"]).sum()
            torch_xla.sync()
        count = len(self.eval_dataset)
        self.log["val_losses"].append(total.item() / count)
        self.log["val_acc"].append(right.item() / count)


def train_model(X_train, y_train, X_val, y_val, device, **hyperparams):
    args = TrainingArguments(learning_rate=hyperparams.get("lr", 5e-4), num_train_epochs=int(hyperparams.get("epochs", 2)))
    net = nn.Sequential(nn.Linear(X_train.shape[1], 24), nn.GELU(), nn.Linear(24, int(y_train.max()) + 1))
    trainer = Trainer(net, args, DictDataset(X_train, y_train), DictDataset(X_val, y_val), device)
    trainer.train()
    return trainer.model, trainer.log
