"""What is known of a dataset before any code is written for it."""

import hashlib
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

TaskType = Literal["classification", "regression", "language_modeling"]
MEASURED_ON_ROWS = {"class_balance", "value_range", "target_range", "bytes_per_token", "words_per_token"}


class DataProfile(BaseModel):
    """A dataset in the seed's terms. `shape` is one whole X array's, samples first, e.g. (1797, 64)."""

    model_config = ConfigDict(extra="forbid")

    dataset_name: str
    dataset_source: str = ""
    data_type: str = "numpy_array"
    """Where the values came from: numpy_array, csv, parquet, wfdb, image_folder, sklearn, synthetic, text."""
    shape: tuple[int, ...]
    dtype: str = "float32"
    is_sequence: bool = False
    """Samples are (channels, length) float signals."""
    is_image: bool = False
    """Samples are (channels, height, width) floats."""
    is_tabular: bool = False
    """Samples are (features,) floats."""
    is_text: bool = False
    """Samples are (length,) int64 token ids below `vocabulary_size`."""
    sample_count: int
    feature_count: int
    """Values in one sample."""
    task_type: TaskType = "classification"
    num_classes: int | None = None
    """None for regression."""
    class_names: list[str] = Field(default_factory=list)
    class_balance: list[float] = Field(default_factory=list)
    """Share of each class in the train split, summing to 1."""
    value_range: tuple[float, float] | None = None
    """Of the prepared (normalised) X in the train split: what `train_model` is given."""
    target_range: tuple[float, float] | None = None
    """Of y in the train split, in its own units; None for classification."""
    missing_values: int = 0
    vocabulary_size: int | None = None
    filler_token: int | None = None
    """The id that fills short texts up; None where no id does."""
    bytes_per_token: float | None = None
    """Of the test text, for language modelling: what perplexities of different tokenizers are compared by."""
    words_per_token: float | None = None
    feature_names: list[str] = Field(default_factory=list)
    target_name: str = ""
    split_kind: Literal["stratified", "random", "group", "time", "given"] = "stratified"
    warnings: list[str] = Field(default_factory=list)

    @property
    def input_shape(self) -> tuple[int, ...]:
        """The shape of one sample."""
        return self.shape[1:]

    def fingerprint(self) -> str:
        """A short stable hash of everything that decides which code fits: the key of the function cache.

        What is measured on some of the rows alone changes with the seed of the split and is left out.
        """
        facts = self.model_dump_json(exclude=MEASURED_ON_ROWS | {"warnings", "dataset_source"})
        return hashlib.sha256(facts.encode()).hexdigest()[:16]


class PreparedData(BaseModel):
    """A loaded, split, normalised dataset on disk.

    `folder` holds `X_train.npy`, `y_train.npy`, `X_val.npy`, `y_val.npy`, `X_test.npy` (float32, or int64 for tokens)
    and, apart from them in `hidden/`, `y_test.npy`, which no boxed job is ever given. y is int64 of shape (n,) for
    classification, float32 of shape (n,) for regression (in the target's own units), and int64 of the shape of X for
    language modelling: the token after each of X, so that all but the last of a row's are in X as well. Whether a model
    looks ahead is therefore checked wherever it is measured (`runtime.harness.next_tokens`). Beside texts lies the
    tokenizer that made their ids, `tokenizer.json`.
    """

    folder: str
    profile: DataProfile
    train_count: int
    val_count: int
    test_count: int
    normalizer: str
    """What was fitted on the train split alone, in words, e.g. "standardised per feature"."""
    content_hash: str
    """Hash of the arrays, so that a resumed run knows that its data is unchanged."""
