"""A paper's own hyperparameters as the defaults of a blueprint's search space, brought to what a small model can"
" use."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from agents.expert.families import Family
from agents.expert.papers.notation import numbers
from agents.paper_defaults import adopt
from agents.paper_names import code_name, is_size
from agents.paper_values import read_number
from runtime.data_profile import DataProfile
from runtime.search_space import (
    CategoricalParameter,
    HyperparameterValue,
    IntegerParameter,
    Parameter,
    RealParameter,
    SearchSpace,
)
from tools.papers.brief import Hyperparameter

LR_FACTORS = (1 / 20, 5.0)
"""How far from the blueprint's own learning rate a small model still learns within its few epochs."""
LARGEST_BATCH = 512
FEWEST_BATCHES = 16
"""Batches of training rows that an epoch must have."""
REGULARISED: dict[str, tuple[float, float]] = {
    "dropout": (0.0, 0.6), "weight_decay": (0.0, 0.3), "label_smoothing": (0.0, 0.3),
}  # fmt: skip


@dataclass(frozen=True)
class Adoption:
    """The space with the paper's values as defaults, and what became of each."""

    space: SearchSpace
    exact: dict[str, HyperparameterValue]
    """By the code's own names: as the paper has them."""
    changed: list[str]
    """A sentence for each that was brought to what this model can use."""
    left_out: list[str]
    """A sentence for each that the code has a name for and does not use."""

    def reasons(self) -> list[str]:
        values = ", ".join(f"{name} {value}" for name, value in self.exact.items())
        taken = [f"the paper's own values are the defaults: {values}"] if values else []
        return [*taken, *self.changed, *(f"not taken over from the paper: {line}" for line in self.left_out)]

    def as_metadata(self) -> dict[str, Any]:
        return {
            "paper_defaults": self.exact,
            "paper_values_changed": self.changed,
            "paper_values_left_out": self.left_out,
        }


def adopt_values(
    space: SearchSpace, values: Sequence[Hyperparameter], family: Family, profile: DataProfile
) -> Adoption:
    """Take the paper's values over, those beyond what a small model can use as the nearest that it can.

    Sizes become one of the blueprint's own, so that what fitted the size limit still does.
    """
    tamed: list[Hyperparameter] = []
    changed: dict[str, str] = {}
    left_out: list[str] = []
    seen: set[str] = set()
    for item in values:
        name = code_name(item.name, space)
        number = None if name is None else _number(item.value)
        if name is None or number is None or name in seen:
            tamed.append(item)
            continue
        seen.add(name)
        low, high = _bounds(name, space, family, profile)
        if is_size(name) and number < low:
            left_out.append(f"{item.name} {item.value}: the smallest here is {low:g}")
            continue
        value = _usable(name, space[name], min(max(number, low), high))
        tamed.append(item.model_copy(update={"value": f"{value:.10g}"}))
        if value != number:
            limits = f"{low:g} to {high:g} can be tried here"
            changed[name] = f"the paper's {item.name} of {item.value} became {value:g}: {limits}"
        elif read_number(item.value) is None:
            changed[name] = f"the paper's {item.name} is one of {item.value}: the middle one is the default"
    adopted = adopt(space, tamed, samples=profile.sample_count)
    exact = {name: value for name, value in adopted.taken.items() if name not in changed}
    told = [reason for name, reason in changed.items() if name in adopted.taken]
    return Adoption(adopted.space, exact, told, [*left_out, *adopted.left_out])


def _number(value: str) -> float | None:
    """The number of a value, or the middle one of several."""
    several = sorted(numbers(value))
    single = read_number(value)
    return single if single is not None or not several else several[len(several) // 2]


def _bounds(name: str, space: SearchSpace, family: Family, profile: DataProfile) -> tuple[float, float]:
    if name == "lr":
        return family.lr * LR_FACTORS[0], family.lr * LR_FACTORS[1]
    if name == "batch_size":
        usual = int(space[name].default)
        return 8, max(usual, min(LARGEST_BATCH, profile.sample_count // FEWEST_BATCHES // 8 * 8))
    if name in REGULARISED:
        return REGULARISED[name]
    parameter = space[name]
    if isinstance(parameter, CategoricalParameter):
        sizes = [float(one) for one in parameter.categories]
        return min(sizes), max(sizes)
    return float(parameter.low), float(parameter.high)


def _usable(name: str, parameter: Parameter, value: float) -> float:
    """Of a size the nearest that the blueprint is tried with; whole numbers where the code takes no others."""
    if isinstance(parameter, RealParameter):
        return value
    if isinstance(parameter, IntegerParameter) or name == "batch_size":
        return round(value)
    return min((float(one) for one in parameter.categories), key=lambda one: abs(one - value))
