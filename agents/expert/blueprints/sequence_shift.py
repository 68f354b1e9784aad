"""Host-side augmentation of signals: each is moved in time and scaled a little, at a fixed shape."""

import torch
from torch import Tensor


def shift_sequences(X: Tensor, steps: int, scale: float) -> Tensor:
    """Move every signal of X (rows, channels, length) by up to `steps`, repeating its ends, and scale it."""
    rows, channels, length = X.shape
    offsets = torch.randint(-steps, steps + 1, (rows, 1))
    places = (torch.arange(length) + offsets).clamp(0, length - 1)
    moved = X.gather(2, places[:, None, :].expand(rows, channels, length))
    return moved * (1 + scale * torch.randn(rows, 1, 1))
