"""What `given` and `expected` of a case may hold, by the kind of its suite: checked before anything is tried."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from evals.contracts import SuiteKind
from runtime.task import Task


class _Fields(BaseModel):
    model_config = ConfigDict(extra="forbid")


class RunGiven(Task):
    """A task, and in `needs` the datasets that a paper may lead to."""

    needs: list[str] = Field(default_factory=list)

    @model_validator(mode="before")
    @classmethod
    def _leaves_these_to_the_harness(cls, given: dict[str, Any]) -> dict[str, Any]:
        for name in ("seed", "model"):
            if name in given:
                raise ValueError(f"{name} is not a case's to give: the evaluation has seeds, and --model")
        return given


class RunExpected(_Fields):
    score: float | None = None


class PaperExpected(RunExpected):
    criteria: float | None = Field(None, ge=0, le=1)


class ProgramGiven(_Fields):
    program: str


class ReviewExpected(_Fields):
    rules: list[str]


class DebugGiven(ProgramGiven):
    debug_chances: int | None = Field(None, ge=0, le=50)
    max_minutes: float | None = Field(None, gt=0)
    max_tokens: int | None = Field(None, ge=0)
    max_usd: float | None = Field(None, ge=0)


class DebugExpected(_Fields):
    kinds: list[str]
    cause: str = ""


class RecommendationGiven(_Fields):
    """A text, or a paper's file in the folder `papers`."""

    text: str = ""
    file: str = ""
    papers: str = ""

    @model_validator(mode="after")
    def _has_a_text(self) -> "RecommendationGiven":
        if not self.text and not self.file:
            raise ValueError("there is no text and no file to recommend a dataset for")
        return self


class RecommendationExpected(_Fields):
    accept: list[str] = Field(min_length=1)


class LiteratureGiven(_Fields):
    question: str = ""
    dataset: str = ""
    goal: str = ""
    papers: list[str] = Field(default_factory=list)
    online: bool = False


class LiteratureExpected(_Fields):
    finds: list[str] | None = None
    words: list[str] = Field(default_factory=list)


FIELDS: dict[SuiteKind, dict[Literal["given", "expected"], type[BaseModel]]] = {
    "dataset": {"given": RunGiven, "expected": RunExpected},
    "paper": {"given": RunGiven, "expected": PaperExpected},
    "review": {"given": ProgramGiven, "expected": ReviewExpected},
    "debug": {"given": DebugGiven, "expected": DebugExpected},
    "recommendation": {"given": RecommendationGiven, "expected": RecommendationExpected},
    "literature": {"given": LiteratureGiven, "expected": LiteratureExpected},
}
