"""Which relations between hyperparameters Ax takes: linear inequalities over ranges on a linear scale."""

from dataclasses import dataclass

from runtime.constraints import parse
from runtime.search_space import CategoricalParameter, Hyperparameters, SearchSpace

TOLERANCE = 1e-9


@dataclass(frozen=True)
class LinearInequality:
    """sum(weights[name] * value[name]) <= bound."""

    weights: dict[str, float]
    bound: float

    def __str__(self) -> str:
        return " + ".join(f"{weight!r}*{name}" for name, weight in self.weights.items()) + f" <= {self.bound!r}"

    def holds(self, values: Hyperparameters) -> bool:
        """Whether the values, which must hold all its parameters as numbers, satisfy it."""
        return sum(weight * float(values[name]) for name, weight in self.weights.items()) <= self.bound + TOLERANCE


def linear_inequalities(constraints: list[str], space: SearchSpace) -> list[LinearInequality]:
    """The constraints that Ax can take.

    Products, remainders, equalities, choices, log scales and fixed parameters are left to the projection of each
    suggestion. Raises `InputError` for a constraint that can't be read.
    """
    found = []
    for text in constraints:
        form = parse(text).linear()
        if form is None:
            continue
        weights = {name: weight for name, weight in form[0].items() if weight}
        if weights and all(_is_linear_range(name, space) for name in weights):
            found.append(LinearInequality(weights, form[1]))
    return found


def _is_linear_range(name: str, space: SearchSpace) -> bool:
    parameter = space.get(name)
    return parameter is not None and not isinstance(parameter, CategoricalParameter) and parameter.prior == "uniform"
