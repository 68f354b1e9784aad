"""What a run may ask a person before it goes on, and what the person answers."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Approval = Literal["dataset", "code", "budget"]
"""What can be asked: may this dataset be used, may this code run for the first time, may the run spend more."""


class Question(BaseModel):
    """The payload of an interrupt, the same on every surface; it stands in `run.json` as `waiting` until answered."""

    model_config = ConfigDict(extra="forbid")

    kind: Approval
    text: str
    """One sentence that a person can answer."""
    details: dict[str, Any] = Field(default_factory=dict)
    """dataset: name, reasons, others. code: model_name, training_code, findings. budget: message, spent, limits."""
    choices: list[str] = Field(default_factory=lambda: ["yes", "no"])
    """What may be answered in one word; for a dataset also the names of the others."""
    run_id: str = ""


class Answer(BaseModel):
    """What a person decided. A refusal ends the run with `CANCELLED`; refused code with a comment goes to the coder."""

    model_config = ConfigDict(extra="forbid")

    approve: bool
    dataset: str | None = Field(None, description="Use this dataset instead.")
    comment: str = Field("", description="Why not, or what to change.")
    max_usd: float | None = Field(None, ge=0, description="The new limit, for a budget.")
    max_tokens: int | None = Field(None, ge=0)
    max_minutes: float | None = Field(None, gt=0)
    paper_seconds: float | None = Field(None, gt=0)
