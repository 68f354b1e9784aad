"""The payloads of the boxed entry points. No torch here: the trusted side builds these."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from runtime.compiler.training_loops import LoopStrategy
from runtime.search_space import Hyperparameters
from runtime.task import Target

QuantizationBits = Literal[8, 16, 32]
QUANTIZATION = "quantization_bits"
"""The hyperparameter that the harness reads itself: generated code may leave it alone."""
BATCH = 64
"""Rows in one inference batch, in the training job and in the exported graph alike; the last batch is padded."""

VALIDATION_PREDICTIONS = "val_predictions.npy"
TEST_PREDICTIONS = "test_predictions.npy"
WEIGHTS = "weights.safetensors"
GRAPH = "graph.pt2"
COMPILED = "compiled"
"""Compiled functions: a folder that the accelerating job leaves, and an input of training jobs that may use them."""


class TrainSpec(BaseModel):
    """The payload of `runtime.harness.train:run`; its inputs are X_train, y_train, X_val and y_val."""

    model_config = ConfigDict(extra="forbid")

    code: str
    hyperparameters: Hyperparameters
    target: Target = "xla"
    seed: int = 0
    quantization_bits: QuantizationBits = 32
    export: bool = False
    """Leave `graph.pt2`, which a fresh box can run with no generated Python."""
    max_epochs: int | None = Field(None, ge=1)
    """Lower the hyperparameter that counts epochs, for a smoke run."""
    strategy: LoopStrategy | None = None
    """How the steps run; None is the target's own way."""
    next_tokens: bool = False
    """A language model: leave the log probability of each next token, not whole answers."""


class AccelerateSpec(BaseModel):
    """The payload of `runtime.harness.accelerate:run`; its inputs are those of a training job."""

    model_config = ConfigDict(extra="forbid")

    code: str
    hyperparameters: Hyperparameters
    target: Target = "xla"
    seed: int = 0
    max_epochs: int | None = Field(None, ge=1)
    seconds: float = Field(60.0, gt=0)
    """No function is begun to be compiled later than this after the job began."""
    repeats: float = Field(1.0, ge=1)
    """How often later runs do what this one does once: what a function costs to compile is weighed by it."""


class PredictSpec(BaseModel):
    """The payload of `runtime.harness.predict:run`; its inputs are graph, model, X_test and, optionally, X_val."""

    model_config = ConfigDict(extra="forbid")

    next_tokens: bool = False
    """As in `TrainSpec`."""


EPOCH_NAMES = ("epochs", "num_epochs", "n_epochs", "max_epochs")
"""What generated code calls the hyperparameter that counts epochs."""
