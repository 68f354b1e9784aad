"""Families for feature vectors."""

import math

from agents.expert.families.family import Buckets, Family, Suitability, layout, outputs
from runtime.data_profile import DataProfile
from runtime.search_space import Hyperparameters


class Mlp(Family):
    """`width` hidden units in `depth` layers, beside a straight linear map."""

    name = "mlp"
    title = "multilayer perceptron"
    words = ("mlp", "perceptron", "feedforward", "feed-forward", "dense", "fully connected")

    def suits(self, profile: DataProfile) -> Suitability | None:
        kind = layout(profile)
        if kind == "text":
            return None
        if kind == "table":
            return Suitability(0.88, f"{profile.feature_count} features without an order: a perceptron reads them all")
        if profile.feature_count <= 4096:
            return Suitability(0.5, "a perceptron can read the flattened sample, but not its order")
        return None

    def sizes(self, profile: DataProfile) -> dict[str, Buckets]:
        preferred = 64 if profile.sample_count < 1000 else 128
        return {
            "width": Buckets((8, 16, 32, 64, 128, 256), preferred),
            "depth": Buckets((1, 2, 3), 1 if profile.sample_count < 300 else 2),
        }

    def stored_values(self, profile: DataProfile, sizes: Hyperparameters) -> int:
        width, depth = int(sizes["width"]), int(sizes["depth"])
        inputs, last = math.prod(profile.input_shape), outputs(profile)
        hidden = inputs * width + (depth - 1) * width * width + depth * (5 * width + 1)
        return hidden + (inputs + 1) * last + (width + 1) * last


class Linear(Family):
    """Logistic or ridge regression."""

    name = "linear"
    title = "linear model"
    words = ("linear", "logistic", "ridge", "smallest")
    lr = 0.01
    dropout = None

    def suits(self, profile: DataProfile) -> Suitability | None:
        kind = layout(profile)
        if kind == "text":
            return None
        if kind == "table":
            return Suitability(0.55, "a linear model is the least that can learn from a table")
        return Suitability(0.25, "a linear model of the flattened sample is the least that can learn")

    def sizes(self, profile: DataProfile) -> dict[str, Buckets]:  # noqa: ARG002 - it has none
        return {}

    def stored_values(self, profile: DataProfile, sizes: Hyperparameters) -> int:  # noqa: ARG002 - it has none
        return (math.prod(profile.input_shape) + 1) * outputs(profile)
