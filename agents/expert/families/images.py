"""Families for images."""

import re
from typing import Any

from agents.expert.families.family import Buckets, Family, Suitability, layout, outputs
from runtime.data_profile import DataProfile
from runtime.search_space import Hyperparameters

PIXEL = re.compile(r"pixel_(\d+)_(\d+)")
MIRROR_SAFE = ("fashion", "cifar")


class Cnn2d(Family):
    """`depth` convolutions whose width doubles as the image halves."""

    name = "cnn2d"
    title = "2-D convolutional network"
    words = ("cnn", "conv", "convolutional", "cnn2d", "resnet", "lenet", "image network")
    lr = 0.006
    dropout = 0.1

    def suits(self, profile: DataProfile) -> Suitability | None:
        shape = image_shape(profile)
        if shape is None or min(shape[1:]) < 4:
            return None
        if layout(profile) == "table":
            return Suitability(0.92, f"the features are named as pixels of an image of {shape[1]} x {shape[2]}")
        return Suitability(0.92, f"images of {shape[1]} x {shape[2]}: convolutions see the same pattern anywhere")

    def sizes(self, profile: DataProfile) -> dict[str, Buckets]:
        shape = image_shape(profile) or (1, 4, 4)
        side = min(shape[1:]) // self.stride(profile)
        deepest = max(1, min(4, side.bit_length() - 1))
        depths = tuple(depth for depth in (1, 2, 3, 4) if max(1, deepest - 2) <= depth <= deepest)
        return {"width": Buckets((4, 8, 16, 24, 32), 16), "depth": Buckets(depths, min(3, deepest))}

    def stored_values(self, profile: DataProfile, sizes: Hyperparameters) -> int:
        width, depth = int(sizes["width"]), int(sizes["depth"])
        channels, total = (image_shape(profile) or (1, 1, 1))[0], 0
        for block in range(depth):
            wide = width * 2**block
            total += (9 * channels + 5) * wide + 1
            channels = wide
        return total + (2 * channels + 1) * outputs(profile)

    def constants(self, profile: DataProfile) -> dict[str, Any]:
        shape = image_shape(profile) or (1, 4, 4)
        name = profile.dataset_name.lower()
        return {
            "INPUT_SHAPE": shape,
            "OUTPUTS": outputs(profile),
            "LARGEST_SHIFT": max(1, min(shape[1:]) // 28),
            "MIRROR": any(word in name for word in MIRROR_SAFE),
            "STRIDE": self.stride(profile),
        }

    def stride(self, profile: DataProfile) -> int:
        """Stride of the first convolution: larger images are brought to about 32 pixels a side."""
        shape = image_shape(profile) or (1, 4, 4)
        return max(1, round(min(shape[1:]) / 32))

    def example_cost(self, profile: DataProfile) -> float:
        shape = image_shape(profile) or (1, 4, 4)
        return shape[1] * shape[2] / self.stride(profile) ** 2 * (9 * shape[0] * 16 + 2 * 9 * 16 * 8) / 1e6


def image_shape(profile: DataProfile) -> tuple[int, ...] | None:
    """(channels, height, width) of an image, or of a table whose columns are named pixel_row_column in order."""
    if layout(profile) == "image":
        return profile.input_shape
    places = [PIXEL.fullmatch(name) for name in profile.feature_names]
    if layout(profile) != "table" or len(places) < 16 or None in places:
        return None
    rows_columns = [(int(place[1]), int(place[2])) for place in places if place]
    height, width = rows_columns[-1][0] + 1, rows_columns[-1][1] + 1
    grid = [(row, column) for row in range(height) for column in range(width)]
    return (1, height, width) if rows_columns == grid else None
