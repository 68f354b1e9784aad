"""What the boxed training job says of itself: checked and bounded, since generated code shares its process."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from runtime.search_space import HyperparameterValue

Name = Annotated[str, Field(max_length=64)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
CURVES = ("train_losses", "val_losses", "val_acc", "val_metric")


class LoopFacts(BaseModel):
    """What was seen of a training loop."""

    model_config = ConfigDict(extra="forbid")

    network: Name
    """`mlp`, `cnn`, `cnn1d`, `recurrent` or `transformer`."""
    batch: int = Field(ge=0)
    """Rows of a training step; 0 where nothing was seen."""
    steps: int = Field(ge=0)
    """Of the optimizer, in all epochs."""


class TrainReport(BaseModel):
    """The value of `runtime.harness.train:run`. `claims` are the generated code's own numbers, never a score."""

    model_config = ConfigDict(extra="forbid")

    claims: dict[Name, Annotated[list[Finite], Field(max_length=10_000)]] = Field(max_length=64)
    epochs: int = Field(ge=0, le=10_000)
    parameters: int = Field(ge=0)
    hyperparameters: dict[Name, HyperparameterValue] = Field(max_length=256)
    device: Annotated[str, Field(max_length=200)]
    device_fallback: Annotated[str, Field(max_length=500)] = ""
    seconds: dict[Name, Finite] = Field(max_length=16)
    xla: dict[Name, Finite] = Field(max_length=16)
    swapped: list[Name] = Field(default_factory=list, max_length=32)
    """Functions that ran compiled."""
    loop: LoopFacts | None = None

    @property
    def curves(self) -> dict[str, list[float]]:
        """The learning curves, as claimed."""
        return {name: self.claims[name] for name in CURVES if name in self.claims}


def discrepancy(report: TrainReport, accuracy: float) -> str | None:
    """A warning when neither the last nor the best claimed accuracy is near the measured one.

    Claims in percent are read as such. Small gaps come from quantization.
    """
    claimed = report.claims.get("val_acc")
    if not claimed:
        return None
    scale = 100.0 if max(claimed) > 1.5 else 1.0
    candidates = [claimed[-1] / scale, max(claimed) / scale]
    nearest = min(candidates, key=lambda value: abs(value - accuracy))
    if abs(nearest - accuracy) <= TOLERATED_GAP:
        return None
    return f"the code claimed a validation accuracy of {nearest:.2f}, and {accuracy:.2f} was measured"


TOLERATED_GAP = 0.05
