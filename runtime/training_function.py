"""The unit that arxla writes, reviews, runs and tunes: one Python module that defines `train_model`."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from runtime.data_profile import DataProfile
from runtime.search_space import SearchSpace


class TrainingFunction(BaseModel):
    """A module text with `train_model(X_train, y_train, X_val, y_val, device, **hyperparams)` and its search space.

    `train_model` returns `(torch.nn.Module, metrics)`; `metrics` holds `train_losses`, `val_losses` and `val_acc` (or
    `val_metric`), one entry an epoch. The fields and their names are the seed's file format.
    """

    model_config = ConfigDict(extra="forbid")

    model_name: str
    training_code: str
    bo_config: SearchSpace
    confidence: float = Field(ge=0, le=1)
    data_profile: DataProfile
    timestamp: int
    """Seconds since the epoch, UTC."""
    metadata: dict[str, Any] = Field(default_factory=dict)
    """`generated_by`, `api_model`, `version`, and arxla's own `constraints` (a list such as "width % heads == 0"),
    `target`, `reasons`."""

    @property
    def constraints(self) -> list[str]:
        """Relations between hyperparameters: `a % b == 0`, `a <= b`, `a + b <= 10`, `a * b <= 128`."""
        return list(self.metadata.get("constraints", []))
