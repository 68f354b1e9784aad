"""Families for token ids."""

from typing import Any

from agents.expert.families.family import Buckets, Family, Suitability, layout, outputs, patches
from agents.expert.families.sequences import block_values
from runtime.data_profile import DataProfile
from runtime.search_space import Hyperparameters

BUCKETS = (256, 1024, 4096, 16384)


def _hash_buckets(profile: DataProfile) -> Buckets:
    """Rows of the embedding; the whole vocabulary when it is small."""
    vocabulary = int(profile.vocabulary_size or 0)
    values = tuple(size for size in BUCKETS if size < vocabulary)[-3:]
    if vocabulary <= BUCKETS[-1]:
        values = (*values[-2:], vocabulary)
    return Buckets(values, values[-1])


class _Reader(Family):
    """Shared by the families that read a text and answer once."""

    def _reads(self, profile: DataProfile) -> bool:
        known = layout(profile) == "text" and bool(profile.vocabulary_size)
        return known and profile.task_type != "language_modeling"

    def constants(self, profile: DataProfile) -> dict[str, Any]:
        filler = -1 if profile.filler_token is None else profile.filler_token
        return {"VOCABULARY_SIZE": int(profile.vocabulary_size or 0), "FILLER": filler, "OUTPUTS": outputs(profile)}

    def example_cost(self, profile: DataProfile) -> float:
        return profile.input_shape[0] * 16 * 3 * 48 / 1e6


class TextClassifier(_Reader):
    """Embeddings, a convolution over neighbouring words, pooled, beside a vote of each token."""

    name = "text_classifier"
    title = "word embeddings with a convolution over neighbours"
    words = (
        "embedding",
        "cnn",
        "conv",
        "convolutional",
        "textcnn",
        "attention",
        "lstm",
        "gru",
        "recurrent",
    )
    dropout = 0.5

    def suits(self, profile: DataProfile) -> Suitability | None:
        if not self._reads(profile):
            return None
        return Suitability(0.75, "texts: embeddings of words and their neighbours, pooled")

    def sizes(self, profile: DataProfile) -> dict[str, Buckets]:
        return {
            "buckets": _hash_buckets(profile),
            "embedding": Buckets((4, 8, 16, 32), 16),
            "width": Buckets((16, 32, 48, 64), 48),
        }

    def stored_values(self, profile: DataProfile, sizes: Hyperparameters) -> int:
        buckets, embedding, width = int(sizes["buckets"]), int(sizes["embedding"]), int(sizes["width"])
        reading = buckets * (embedding + outputs(profile)) + (3 * embedding + 1) * width
        return reading + (2 * width + 1) * outputs(profile)


class TextTransformer(_Reader):
    """A transformer encoder over groups of tokens."""

    name = "text_transformer"
    title = "transformer encoder over groups of tokens"
    words = ("transformer", "self-attention", "encoder", "bert")
    lr = 0.002
    dropout = 0.1

    def suits(self, profile: DataProfile) -> Suitability | None:
        if not self._reads(profile) or profile.input_shape[0] < 4:
            return None
        return Suitability(0.6, "a transformer relates distant words, and wants many texts")

    def sizes(self, profile: DataProfile) -> dict[str, Buckets]:
        return {
            "buckets": _hash_buckets(profile),
            "embedding": Buckets((4, 8, 16, 32), 16),
            "heads": Buckets((1, 2, 4), 4),
            "head_dim": Buckets((4, 8, 16), 8),
            "layers": Buckets((1, 2), 1),
        }

    def constants(self, profile: DataProfile) -> dict[str, Any]:
        patch, padding = patches(profile.input_shape[0], wanted=40)
        constants = {**super().constants(profile), "INPUT_SHAPE": profile.input_shape}
        del constants["FILLER"]
        return {**constants, "PATCH": patch, "PADDING": padding}

    def stored_values(self, profile: DataProfile, sizes: Hyperparameters) -> int:
        width = int(sizes["heads"]) * int(sizes["head_dim"])
        patch, padding = patches(profile.input_shape[0], wanted=40)
        reading = int(sizes["buckets"]) * int(sizes["embedding"]) + (int(sizes["embedding"]) * patch + 1) * width
        places = (profile.input_shape[0] + padding) // patch * width
        return (
            reading + places + int(sizes["layers"]) * block_values(width) + 2 * width + (width + 1) * outputs(profile)
        )


class BagOfTokens(_Reader):
    """A linear model of tokens and pairs of neighbours, begun from naive Bayes."""

    name = "bag_of_tokens"
    title = "linear model of tokens and their pairs"
    words = ("linear", "logistic", "bag of words", "naive bayes", "nbsvm", "n-gram", "ngram", "fasttext", "smallest")
    lr = 0.01
    dropout = None

    def suits(self, profile: DataProfile) -> Suitability | None:
        if not self._reads(profile):
            return None
        return Suitability(0.82, "each word and each pair of words votes for a class: hard to beat on few texts")

    def sizes(self, profile: DataProfile) -> dict[str, Buckets]:
        return {"buckets": _hash_buckets(profile), "pairs": Buckets((1024, 4096, 16384, 32768, 65536), 32768)}

    def stored_values(self, profile: DataProfile, sizes: Hyperparameters) -> int:
        return (int(sizes["buckets"]) + int(sizes["pairs"]) + 1) * outputs(profile)

    def example_cost(self, profile: DataProfile) -> float:
        return profile.input_shape[0] * 4 * outputs(profile) / 1e6


class LanguageModel(Family):
    """A causal transformer that begins as a count model."""

    name = "language_model"
    title = "small causal transformer with a copying part"
    words = ("transformer", "gpt", "language model", "causal", "attention")
    lr = 0.006
    dropout = 0.2

    def suits(self, profile: DataProfile) -> Suitability | None:
        if profile.task_type != "language_modeling" or not profile.vocabulary_size:
            return None
        return Suitability(0.65, "the next token is predicted from all that came before it")

    def sizes(self, profile: DataProfile) -> dict[str, Buckets]:  # noqa: ARG002
        return {
            "layers": Buckets((1, 2), 1),
            "head_dim": Buckets((8, 16), 16),
            "heads": Buckets((2, 4), 4),
        }

    def constants(self, profile: DataProfile) -> dict[str, Any]:
        return {**super().constants(profile), "VOCABULARY_SIZE": int(profile.vocabulary_size or 0)}

    def stored_values(self, profile: DataProfile, sizes: Hyperparameters) -> int:
        width, vocabulary = int(sizes["heads"]) * int(sizes["head_dim"]), outputs(profile)
        tables = 2 * vocabulary * width + vocabulary + profile.input_shape[0] * width
        return tables + int(sizes["layers"]) * block_values(width) + 2 * width + (width + 1) * (width + 3)

    def example_cost(self, profile: DataProfile) -> float:
        return profile.input_shape[0] * 64 * (int(profile.vocabulary_size or 0) + 500) / 1e6
