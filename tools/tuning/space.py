"""Search spaces that a tuner can work with, checked with messages that say what to change."""

import keyword
from typing import Any

from pydantic import ValidationError

from runtime.errors import InputError
from runtime.search_space import (
    CategoricalParameter,
    Hyperparameters,
    Parameter,
    SearchSpace,
    parse_search_space,
)
from tools.tuning.encoding import is_inside

MAX_PARAMETERS = 30
"""A Gaussian process learns little about more dimensions from the tens of trials that a study has."""
MAX_CATEGORIES = 64
MAX_RATIO = 1e12
"""Largest high / low of a log-uniform range."""
MAX_WIDTH = 1e6
"""Largest high - low of a uniform range: wider ones want a log scale."""
MAX_NUMBER = 1e12
"""Largest magnitude of a bound."""
_ARGUMENTS = {"X_train", "y_train", "X_val", "y_val", "device"}


def validate_space(bo_config: dict[str, Any]) -> SearchSpace:
    """The search space of a `bo_config`, in the seed's format.

    Raises `InputError` with one sentence that names the parameter and the fault.
    """
    if not isinstance(bo_config, dict) or not bo_config:
        raise InputError("The bo_config is empty: name at least one hyperparameter with its type, default and range.")
    if len(bo_config) > MAX_PARAMETERS:
        raise InputError(f"The bo_config has {len(bo_config)} hyperparameters; keep the {MAX_PARAMETERS} that matter.")
    for name in bo_config:
        _check_name(name)
    try:
        space = parse_search_space(bo_config)
    except ValidationError as error:
        raise InputError(_sentence(error)) from error
    for name, parameter in space.items():
        if fault := _fault(parameter):
            raise InputError(f"Hyperparameter {name!r}: {fault}.")
    return space


def split_fixed(space: SearchSpace, fixed: Hyperparameters | None = None) -> tuple[SearchSpace, Hyperparameters]:
    """What may vary, and the values of the rest: `fixed`, one-value categories and ranges of no width.

    Raises `InputError` when a fixed value names no parameter or lies outside its range.
    """
    held: Hyperparameters = {}
    for name, parameter in space.items():
        if isinstance(parameter, CategoricalParameter):
            if len(parameter.categories) == 1:
                held[name] = parameter.categories[0]
        elif parameter.low == parameter.high:
            held[name] = parameter.low
    for name, value in (fixed or {}).items():
        if name not in space:
            raise InputError(f"The fixed hyperparameter {name!r} is not in the bo_config ({', '.join(space)}).")
        if not is_inside({name: space[name]}, {name: value}):
            raise InputError(f"The fixed value {value!r} of hyperparameter {name!r} is not in its range.")
        held[name] = value
    return {name: parameter for name, parameter in space.items() if name not in held}, held


def _check_name(name: object) -> None:
    if not isinstance(name, str) or not name.isidentifier() or keyword.iskeyword(name):
        raise InputError(f"Hyperparameter {name!r}: the name must be a Python identifier, as it becomes an argument.")
    if name in _ARGUMENTS:
        raise InputError(f"Hyperparameter {name!r}: the name is already an argument of train_model; choose another.")


def _fault(parameter: Parameter) -> str:
    """What is wrong with a well-formed parameter, or an empty string."""
    if isinstance(parameter, CategoricalParameter):
        return _category_fault(parameter)
    largest = max(abs(parameter.low), abs(parameter.high))
    if largest > MAX_NUMBER:
        return f"the bound {largest:g} is absurd; stay within ±{MAX_NUMBER:g}"
    if parameter.prior == "log-uniform":
        ratio = parameter.high / parameter.low
        return f"high is {ratio:.0e} times low; stay within {MAX_RATIO:.0e} times" if ratio > MAX_RATIO else ""
    width = parameter.high - parameter.low
    advice = f'use prior "log-uniform", or stay within {MAX_WIDTH:g}'
    return (
        f"the range from {parameter.low:g} to {parameter.high:g} is too wide for a uniform prior; {advice}"
        if (width > MAX_WIDTH)
        else ""
    )


def _category_fault(parameter: CategoricalParameter) -> str:
    if len(parameter.categories) > MAX_CATEGORIES:
        return f"{len(parameter.categories)} categories are too many; keep at most {MAX_CATEGORIES}"
    if len({str(category) for category in parameter.categories}) < len(parameter.categories):
        return f"the categories {parameter.categories} hold one value twice"
    if any(isinstance(category, float) and not abs(category) <= MAX_NUMBER for category in parameter.categories):
        return "a category is not a finite number"
    return ""


def _sentence(error: ValidationError) -> str:
    """The first fault of a pydantic report, in words."""
    fault = error.errors(include_url=False)[0]
    name, *rest = [str(part) for part in fault["loc"] if part not in {"Real", "Integer", "Categorical"}] or ["?"]
    message = fault["msg"].removeprefix("Value error, ")
    if fault["type"] == "missing":
        return f"Hyperparameter {name!r}: {rest[-1]!r} is missing."
    if fault["type"] == "extra_forbidden":
        return f"Hyperparameter {name!r}: {rest[-1]!r} is not a field of this type; remove it."
    if fault["type"] in {"union_tag_invalid", "union_tag_not_found"}:
        return f'Hyperparameter {name!r}: give it a "type" that is one of Real, Integer or Categorical.'
    where = f" {rest[0]!r}:" if rest else ""
    return f"Hyperparameter {name!r}:{where} {message[0].lower() + message[1:]}."
