"""A deliberately slow augmentation, as a coder's model may well write it: it takes the place of the expert's.

`shift_images` has the expert's name and arguments; the pixels are computed one by one, in Python.
"""

import math

import torch
from torch import Tensor


def rotated(image: list[list[float]], angle: float, down: float, right: float, samples: int) -> list[list[float]]:
    """The image turned by `angle` (radians) about its middle and moved; a pixel is the mean of several points."""
    height, width = len(image), len(image[0])
    middle_y, middle_x = (height - 1) / 2, (width - 1) / 2
    cosine, sine = math.cos(angle), math.sin(angle)
    turned = []
    for y in range(height):
        row = []
        for x in range(width):
            value = 0.0
            for part in range(samples * samples):
                at_y = y + (part // samples + 0.5) / samples - 0.5 - middle_y
                at_x = x + (part % samples + 0.5) / samples - 0.5 - middle_x
                from_y = cosine * at_y - sine * at_x + middle_y - down
                from_x = sine * at_y + cosine * at_x + middle_x - right
                top, left = math.floor(from_y), math.floor(from_x)
                for near_y in range(max(0, top), min(height, top + 2)):
                    for near_x in range(max(0, left), min(width, left + 2)):
                        weight = (1.0 - abs(from_y - near_y)) * (1.0 - abs(from_x - near_x))
                        value += weight * image[near_y][near_x]
            row.append(value / (samples * samples))
        turned.append(row)
    return turned


def shift_images(X: Tensor, pixels: int, mirror: bool) -> Tensor:
    """Turn and move every image of X (rows, 1, height, width) a little."""
    assert not mirror
    angles = (0.3 * (torch.rand(len(X)) - 0.5)).tolist()
    moves = (2 * pixels * (torch.rand(len(X), 2) - 0.5)).tolist()
    images = []
    for image, angle, (down, right) in zip(X[:, 0].tolist(), angles, moves, strict=True):
        images.append([rotated(image, angle, down, right, 3)])
    return torch.tensor(images)
