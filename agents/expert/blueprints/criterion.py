"""What the training loop asks of an objective."""

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn


class Criterion(ABC):
    """How outputs are compared with targets, to learn from them and to be judged by them."""

    metric: str

    def to(self, device: torch.device) -> None:  # noqa: B027 - most objectives keep nothing on the device
        """Move what the loss needs."""

    def targets(self, y: Tensor) -> Tensor:
        """What the network should answer, on the host."""
        return y.long()

    @abstractmethod
    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """The training loss of one batch, a scalar on the device."""

    @abstractmethod
    def judge(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """What `summarise` needs of each row, shape (rows, facts), on the device."""

    @abstractmethod
    def summarise(self, judged: Tensor) -> tuple[float, float]:
        """Validation loss and score (higher is better) of all judged rows, on the host."""

    @abstractmethod
    def metrics(self, history: list[tuple[float, float, float]]) -> dict[str, list[float]]:
        """The (train loss, validation loss, score) of each epoch, under the names of the contract."""

    def finish(self, model: nn.Module) -> nn.Module:
        """The network as it is handed over."""
        return model
