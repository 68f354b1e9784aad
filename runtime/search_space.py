"""A hyperparameter search space in the seed's `bo_config` format."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

HyperparameterValue = bool | int | float | str
Hyperparameters = dict[str, HyperparameterValue]


class _Parameter(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RealParameter(_Parameter):
    """A float in [low, high], searched on a log scale when `prior` says so."""

    default: float = Field(allow_inf_nan=False)
    type: Literal["Real"] = "Real"
    low: float = Field(allow_inf_nan=False)
    high: float = Field(allow_inf_nan=False)
    prior: Literal["uniform", "log-uniform"] = "uniform"

    @model_validator(mode="after")
    def _ordered(self) -> "RealParameter":
        _check_range(self.low, self.default, self.high)
        if self.prior == "log-uniform" and self.low <= 0:
            raise ValueError("a log-uniform range must start above 0")
        return self


class IntegerParameter(_Parameter):
    """An int in [low, high]."""

    default: int
    type: Literal["Integer"] = "Integer"
    low: int
    high: int
    prior: Literal["uniform", "log-uniform"] = "uniform"

    @model_validator(mode="after")
    def _ordered(self) -> "IntegerParameter":
        _check_range(self.low, self.default, self.high)
        if self.prior == "log-uniform" and self.low <= 0:
            raise ValueError("a log-uniform range must start above 0")
        return self


class CategoricalParameter(_Parameter):
    """One of a list of values."""

    default: HyperparameterValue
    type: Literal["Categorical"] = "Categorical"
    categories: list[HyperparameterValue] = Field(min_length=1)

    @model_validator(mode="after")
    def _member(self) -> "CategoricalParameter":
        if self.default not in self.categories:
            raise ValueError(f"default {self.default!r} is not one of {self.categories}")
        return self


Parameter = Annotated[RealParameter | IntegerParameter | CategoricalParameter, Field(discriminator="type")]
SearchSpace = dict[str, Parameter]
SEARCH_SPACE: TypeAdapter[SearchSpace] = TypeAdapter(SearchSpace)


def parse_search_space(bo_config: dict[str, Any]) -> SearchSpace:
    """Validate a `bo_config`; raises `pydantic.ValidationError` (a `ValueError`) naming the parameter and the fault."""
    return SEARCH_SPACE.validate_python(bo_config)


def defaults(space: SearchSpace) -> Hyperparameters:
    """The default of every parameter."""
    return {name: parameter.default for name, parameter in space.items()}


def _check_range(low: float, default: float, high: float) -> None:
    if low > high:
        raise ValueError(f"low {low} is above high {high}")
    if not low <= default <= high:
        raise ValueError(f"default {default} is outside [{low}, {high}]")
