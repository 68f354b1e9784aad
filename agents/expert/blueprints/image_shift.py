"""Host-side augmentation of images: each is moved by a few pixels, and perhaps mirrored, at a fixed shape."""

import torch
from torch import Tensor


def shift_images(X: Tensor, pixels: int, mirror: bool) -> Tensor:
    """Move every image of X (rows, channels, height, width) by up to `pixels`, repeating its edge."""
    rows, _, height, width = X.shape
    down = torch.randint(-pixels, pixels + 1, (rows, 1))
    right = torch.randint(-pixels, pixels + 1, (rows, 1))
    y = (torch.arange(height) + down).clamp(0, height - 1)
    x = (torch.arange(width) + right).clamp(0, width - 1)
    if mirror:
        x = torch.where(torch.rand(rows, 1) < 0.5, x, width - 1 - x)
    images = torch.arange(rows)[:, None, None]
    return X.permute(0, 2, 3, 1)[images, y[:, :, None], x[:, None, :]].permute(0, 3, 1, 2)
