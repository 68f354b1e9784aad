"""Between hyperparameters and the unit cube, where every parameter has the same width."""

import math

from runtime.search_space import (
    CategoricalParameter,
    Hyperparameters,
    HyperparameterValue,
    IntegerParameter,
    Parameter,
    RealParameter,
    SearchSpace,
)


def from_unit(space: SearchSpace, cube: list[float]) -> Hyperparameters:
    """The values at a point of [0, 1]^d; integers and categories each own an equal (or log-equal) share of an axis."""
    return {name: _value(parameter, u) for (name, parameter), u in zip(space.items(), cube, strict=True)}


def to_unit(space: SearchSpace, values: Hyperparameters) -> list[float]:
    """The point of [0, 1]^d in the middle of the share that belongs to the values."""
    return [_coordinate(parameter, values[name]) for name, parameter in space.items()]


def is_inside(space: SearchSpace, values: Hyperparameters) -> bool:
    """Whether the values name exactly the space's parameters and lie inside it."""
    return values.keys() == space.keys() and all(_holds(parameter, values[name]) for name, parameter in space.items())


def same_point(values: Hyperparameters) -> str:
    """A key that is equal for equal points; floats count as equal when 9 digits agree."""
    return ";".join(f"{name}={_digits(values[name])}" for name in sorted(values))


def _digits(value: HyperparameterValue) -> str:
    return f"{value:.9g}" if isinstance(value, float) else repr(value)


def _value(parameter: Parameter, u: float) -> HyperparameterValue:
    if isinstance(parameter, CategoricalParameter):
        return parameter.categories[min(int(u * len(parameter.categories)), len(parameter.categories) - 1)]
    low, high = _ends(parameter)
    if isinstance(parameter, IntegerParameter):
        number = _backward(parameter, low + u * (high - low))
        return min(max(round(number), parameter.low), parameter.high)
    return min(max(_backward(parameter, low + u * (high - low)), parameter.low), parameter.high)


def _coordinate(parameter: Parameter, value: HyperparameterValue) -> float:
    if isinstance(parameter, CategoricalParameter):
        return (parameter.categories.index(value) + 0.5) / len(parameter.categories)
    low, high = _ends(parameter)
    return (_forward(parameter, float(value)) - low) / (high - low) if high > low else 0.5


def _ends(parameter: RealParameter | IntegerParameter) -> tuple[float, float]:
    margin = 0.5 if isinstance(parameter, IntegerParameter) else 0.0
    return _forward(parameter, parameter.low - margin), _forward(parameter, parameter.high + margin)


def _forward(parameter: RealParameter | IntegerParameter, value: float) -> float:
    return math.log(value) if parameter.prior == "log-uniform" else value


def _backward(parameter: RealParameter | IntegerParameter, value: float) -> float:
    return math.exp(value) if parameter.prior == "log-uniform" else value


def _holds(parameter: Parameter, value: HyperparameterValue) -> bool:
    if isinstance(parameter, CategoricalParameter):
        return any(value == category and type(value) is type(category) for category in parameter.categories)
    if isinstance(value, bool | str) or not parameter.low <= value <= parameter.high:
        return False
    return isinstance(parameter, RealParameter) or isinstance(value, int)


def is_ordered(parameter: CategoricalParameter) -> bool:
    """Whether the categories are numbers, whose order a model can use (8, 16, 32), rather than names."""
    return all(
        isinstance(category, int | float) and not isinstance(category, bool) for category in parameter.categories
    )


def ordered_categories(parameter: CategoricalParameter) -> list[HyperparameterValue]:
    """The categories as a model numbers them: numbers sorted, names as given."""
    if is_ordered(parameter):
        return sorted(parameter.categories, key=float)
    return list(parameter.categories)
