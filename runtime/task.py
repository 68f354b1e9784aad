"""What a user asks for."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from runtime.approval import Approval
from runtime.secrets import mask_secrets

Target = Literal["xla", "cpu", "cuda", "neuron"]
SandboxName = Literal["auto", "zygote", "bubblewrap", "none"]
ExecutorName = Literal["local", "ray"]
Role = Literal["intake", "researcher", "chunk", "summarizer", "coder", "reviewer", "debugger"]


class Task(BaseModel):
    """One request for a model: the fields of `arxla run`, of the graph's input and of `arxla.run(...)`."""

    model_config = ConfigDict(extra="forbid")

    dataset: str | None = Field(
        None, description="A bundled name (digits, wine, synthetic, …) or the path of a file or folder."
    )
    paper: str | None = Field(None, description="A paper: a file, a LaTeX folder, index:ID or opensearch:ID.")
    target_column: str | None = Field(None, description="The column to predict, for tables.")
    goal: str = Field("", description="What the model is for, in your words.")
    target: Target = Field("xla", description="The device the code is written for.")
    trials: int = Field(10, ge=0, le=1000, description="Tuning trials; 0 keeps the defaults.")
    bo_sample: int = Field(2000, ge=10, description="Rows that a tuning trial sees.")
    size_limit_kb: float = Field(256.0, gt=0, description="The largest serialised model, in KB.")
    debug_chances: int = Field(4, ge=0, le=50, description="Corrections before a run gives up.")
    review_rounds: int = Field(2, ge=0, le=10, description="Rounds of review and fix.")
    max_usd: float | None = Field(None, ge=0, description="Money for language models.")
    max_tokens: int | None = Field(None, ge=0, description="Tokens for language models.")
    max_minutes: float | None = Field(None, gt=0, description="Wall time of the run.")
    max_rows: int | None = Field(None, ge=50, description="Use a stratified sample of at most this many rows.")
    seed: int = Field(0, ge=0, lt=2**32, description="Seed of the split, the training and the tuner.")
    skip_literature_review: bool = Field(False, description="Do not ask the researcher.")
    use_cache: bool = Field(True, description="Reuse a cached training function that fits the data.")
    function: str | None = Field(None, description="Use this cached training function instead of asking the coder.")
    model: str = Field("expert", description="provider:model, or expert.")
    models: dict[Role, str] = Field(default_factory=dict, description='Models by role: {"coder": "openai:gpt-5"}.')
    fallback_to_expert: bool = Field(False, description="Go on with the expert when the model is unavailable.")
    sandbox: SandboxName = Field("auto", description="How generated code is isolated.")
    num_chunks: int | None = Field(
        None, ge=1, le=10_000, description="Chunks of a paper; by default the window decides."
    )
    min_chunk_success: float = Field(0.5, gt=0, le=1, description="Share of chunks that must be summarised.")
    paper_seconds: float | None = Field(None, gt=0, description="Seconds of model time for one paper.")
    candidates: int = Field(1, ge=1, le=16, description="Programs that the coder writes; the best measured goes on.")
    candidate_models: list[str] = Field(default_factory=list, description="Models of the candidates, in turn.")
    tuner: Literal["ax", "optuna", "random"] = Field("ax", description="The optimiser.")
    approve: list[Approval] = Field(default_factory=list, description="Ask a person before these go on.")
    accelerate: bool = Field(False, description="Compile slow pure-Python functions of the code where it pays.")
    executor: ExecutorName = Field("local", description="Where boxed jobs run: this machine, or a Ray cluster.")

    @field_validator("approve", "candidate_models", mode="before")
    @classmethod
    def _of_commas(cls, value: Any) -> Any:
        """An environment variable is one text."""
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @field_validator("goal")
    @classmethod
    def _without_secrets(cls, value: str) -> str:
        """What a user says goes into records and prompts: a key that was pasted into it does not."""
        return mask_secrets(value)

    @model_validator(mode="after")
    def _has_a_subject(self) -> "Task":
        if not self.dataset and not self.paper:
            raise ValueError("nothing was named to work on: name a dataset (--dataset), a paper, or both")
        return self

    @model_validator(mode="after")
    def _asks_before_code_runs(self) -> "Task":
        if self.candidates > 1 and "code" in self.approve:
            raise ValueError("candidates are run to be compared, before anybody could approve their code: ask for one")
        return self

    @property
    def subject(self) -> str:
        """What a run is named after: the paper, else the dataset."""
        return str(self.paper or self.dataset)

    def model_for(self, role: Role) -> str:
        """The model name that plays a role."""
        return self.models.get(role, self.model)
