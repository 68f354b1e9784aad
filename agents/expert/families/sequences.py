"""Families for signals in time."""

import math
from typing import Any

from agents.expert.families.family import Buckets, Family, Suitability, layout, outputs, patches
from runtime.data_profile import DataProfile
from runtime.search_space import Hyperparameters

SHORTEST = 8
LONGEST_FEATURES = 384


class _Convolutional(Family):
    """Shared by the two families that begin with convolutions in time."""

    def constants(self, profile: DataProfile) -> dict[str, Any]:
        length = profile.input_shape[-1]
        return {
            **super().constants(profile),
            "LARGEST_SHIFT": max(1, length // 40),
            "STRIDE": self.stride(profile),
        }

    def stride(self, profile: DataProfile) -> int:
        """Stride of the first convolution: long signals are brought to at most LONGEST_FEATURES steps."""
        return max(1, math.ceil(profile.input_shape[-1] / LONGEST_FEATURES))

    def deepest(self, profile: DataProfile) -> int:
        """Halvings that leave at least two steps."""
        return max(1, min(4, (profile.input_shape[-1] // self.stride(profile)).bit_length() - 2))

    def example_cost(self, profile: DataProfile) -> float:
        length = profile.input_shape[-1] / self.stride(profile)
        return length * 7 * (profile.input_shape[0] * 24 + 2 * 24 * 48) / 1e6


def _is_signal(profile: DataProfile) -> bool:
    return layout(profile) == "sequence" and profile.input_shape[-1] >= SHORTEST


class Cnn1d(_Convolutional):
    """`depth` convolutions that each halve the length, pooled over time."""

    name = "cnn1d"
    title = "1-D convolutional network"
    words = ("cnn", "conv", "convolutional", "cnn1d", "tcn", "resnet", "fcn", "inceptiontime")

    def suits(self, profile: DataProfile) -> Suitability | None:
        if not _is_signal(profile):
            return None
        return Suitability(0.9, f"signals of {profile.input_shape[-1]} steps: convolutions find local shapes anywhere")

    def sizes(self, profile: DataProfile) -> dict[str, Buckets]:
        deepest = self.deepest(profile)
        depths = tuple(range(max(1, deepest - 2), deepest + 1))
        return {
            "width": Buckets((4, 8, 16, 24, 32, 48), 24),
            "depth": Buckets(depths, min(3, deepest)),
            "kernel": Buckets((3, 5, 7, 11), 7),
        }

    def stored_values(self, profile: DataProfile, sizes: Hyperparameters) -> int:
        width, depth, kernel = int(sizes["width"]), int(sizes["depth"]), int(sizes["kernel"])
        channels, total = profile.input_shape[0], 0
        for block in range(depth):
            wide = width * min(2**block, 2)
            total += (kernel * channels + 5) * wide + 1
            channels = wide
        return total + (2 * channels + 1) * outputs(profile)


class Attention(_Convolutional):
    """Attention pooling over convolutional features."""

    name = "attention"
    title = "attention over convolutional features"
    words = ("attention", "lstm", "gru", "rnn", "recurrent", "bilstm")

    def suits(self, profile: DataProfile) -> Suitability | None:
        if not _is_signal(profile):
            return None
        return Suitability(0.82, "attention finds the moments of a signal that decide")

    def sizes(self, profile: DataProfile) -> dict[str, Buckets]:
        deepest = self.deepest(profile)
        return {
            "width": Buckets((8, 16, 32, 48, 64), 32),
            "depth": Buckets(tuple(range(1, min(3, deepest) + 1)), min(2, deepest)),
            "kernel": Buckets((3, 5, 7, 11), 7),
            "heads": Buckets((1, 2, 4), 4),
        }

    def stored_values(self, profile: DataProfile, sizes: Hyperparameters) -> int:
        width, depth = int(sizes["width"]), int(sizes["depth"])
        kernel, heads = int(sizes["kernel"]), int(sizes["heads"])
        convolutions = kernel * width * (profile.input_shape[0] + (depth - 1) * width) + depth * (5 * width + 1)
        scorer = width * width + width + (width + 1) * heads
        return convolutions + scorer + (heads * width + 1) * outputs(profile)


class Transformer(Family):
    """An encoder over patches; also reads an image column by column."""

    name = "transformer"
    title = "transformer encoder over patches"
    words = ("transformer", "self-attention", "encoder", "vit", "patchtst")
    lr = 0.002
    dropout = 0.1

    def suits(self, profile: DataProfile) -> Suitability | None:
        kind = layout(profile)
        if kind not in ("sequence", "image") or profile.input_shape[-1] < 4:
            return None
        if kind == "image":
            return Suitability(0.5, "a transformer reads the image column by column")
        plenty = profile.sample_count >= 5000
        return Suitability(0.75 if plenty else 0.6, "a transformer relates distant parts, and wants many samples")

    def sizes(self, profile: DataProfile) -> dict[str, Buckets]:
        return {
            "heads": Buckets((1, 2, 4), 4 if profile.sample_count >= 1000 else 2),
            "head_dim": Buckets((4, 8, 16), 8),
            "layers": Buckets((1, 2, 3), 2),
        }

    def constants(self, profile: DataProfile) -> dict[str, Any]:
        patch, padding = patches(profile.input_shape[-1], wanted=20)
        return {**super().constants(profile), "PATCH": patch, "PADDING": padding}

    def stored_values(self, profile: DataProfile, sizes: Hyperparameters) -> int:
        width, layers = int(sizes["heads"]) * int(sizes["head_dim"]), int(sizes["layers"])
        patch, padding = patches(profile.input_shape[-1], wanted=20)
        channels = math.prod(profile.input_shape[:-1])
        reading = (channels * patch + 1) * width + (profile.input_shape[-1] + padding) // patch * width
        return reading + layers * block_values(width) + 2 * width + (width + 1) * outputs(profile)


def block_values(width: int) -> int:
    """Weights of one transformer block: two norms, attention in and out, and a perceptron twice as wide."""
    return 4 * width + (width + 1) * 3 * width + (width + 1) * width + 4 * width * width + 3 * width
