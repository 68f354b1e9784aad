"""A paper's hyperparameters as the defaults of a search space, whatever the paper and the code call them.

For every coder: the model's calls it on what it read, the expert's on what it rendered (with its own `fits`, and
`bounds` for what its blueprints can afford). Pure functions; nothing is believed that could not run here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from agents.paper_names import code_name, group_of, is_size, read_name
from agents.paper_values import read_number
from runtime.constraints import parse
from runtime.search_space import (
    CategoricalParameter,
    HyperparameterValue,
    IntegerParameter,
    Parameter,
    SearchSpace,
    defaults,
)
from tools.papers.brief import Hyperparameter

NEVER_WIDER = ("warmup",)
"""Groups that are no sizes and still keep their upper end: it follows from the number of steps."""
SANE: dict[str, tuple[float, float]] = {
    "lr": (1e-7, 2.0), "batch_size": (1, 4096), "epochs": (1, 200), "dropout": (0.0, 0.9), "weight_decay": (0.0, 1.0),
    "momentum": (0.0, 0.999), "beta1": (0.0, 0.999), "beta2": (0.5, 0.99999), "eps": (0.0, 0.01),
    "label_smoothing": (0.0, 0.5), "clip": (1e-3, 1000.0),
}  # fmt: skip
"""What a value must lie in to be tried on a small model and a processor with a deadline."""
STRANGE_FACTOR = 100
"""How far beyond its range a value of no known group may lie."""
MOST = 64
"""Hyperparameters of a brief that are looked at."""
Limits = Mapping[str, tuple[float, float]]
Fits = Callable[[SearchSpace], bool]


@dataclass(frozen=True)
class PaperDefaults:
    """The space with the paper's values as defaults, and what was done, for `metadata` and for people."""

    space: SearchSpace
    taken: dict[str, HyperparameterValue] = field(default_factory=dict)
    """By the code's own names."""
    left_out: list[str] = field(default_factory=list)
    """One sentence each: which of the paper's values is not a default, and why."""

    def as_metadata(self) -> dict[str, object]:
        return {"paper_defaults": self.taken, "paper_values_left_out": self.left_out}

    def reasons(self) -> list[str]:
        """For a reader of the run."""
        values = ", ".join(f"{name} {value}" for name, value in self.taken.items())
        taken = [f"the paper's own values are the defaults: {values}"] if values else []
        return [*taken, *(f"not taken over from the paper: {line}" for line in self.left_out)]


def adopt(
    space: SearchSpace,
    hyperparameters: Sequence[Hyperparameter],
    *,
    samples: int,
    constraints: Sequence[str] = (),
    fits: Fits | None = None,
    bounds: Limits | None = None,
) -> PaperDefaults:
    """Make each value that the code has a name for its default, and widen its range to hold it.

    A value stays out that is no single number or known choice, that is outside `bounds` (by group, over `SANE`), that
    breaks a constraint, or that would make the model too large: above the range of a size, or, where `fits` is given,
    refused by it. `samples` are the rows of the data.
    """
    limits = {**SANE, "batch_size": (1.0, float(max(8, min(4096, samples // 4)))), **(bounds or {})}
    result = PaperDefaults(dict(space))
    for item in hyperparameters[:MOST]:
        name = code_name(item.name, space)
        if name is None or name in result.taken:
            continue
        changed = _changed(result.space[name], name, item.value, limits, fits is not None)
        if not isinstance(changed, str):
            changed = _refusal({**result.space, name: changed}, constraints, fits) or changed
        if isinstance(changed, str):
            result.left_out.append(f"{item.name[:60]} {item.value[:60]}: {changed}")
            continue
        result.space[name] = changed
        result.taken[name] = changed.default
    return result


def _changed(parameter: Parameter, name: str, text: str, limits: Limits, checked: bool) -> Parameter | str:
    """The parameter with the paper's default, or why not; sizes that are `checked` may exceed their range."""
    categories = parameter.categories if isinstance(parameter, CategoricalParameter) else []
    if not all(_is_number(value) for value in categories):
        return _chosen(parameter, categories, text)
    value = read_number(text)
    if value is None:
        return "it gives no single number"
    if reason := _out_of_bounds(parameter, name, value, limits, checked):
        return reason
    if isinstance(parameter, IntegerParameter) or (categories and all(isinstance(known, int) for known in categories)):
        if not value.is_integer():
            return "the code takes whole numbers"
        value = int(value)
    if categories:
        known = sorted({*categories, value}, key=float)
        return CategoricalParameter(default=value, categories=known)
    low, high = _range(parameter)
    low, high = min(low, value), max(high, value)
    if not isinstance(parameter, CategoricalParameter) and parameter.prior == "log-uniform" and low <= 0:
        return "the code's range is on a log scale, which has no 0"
    return type(parameter).model_validate({**parameter.model_dump(), "default": value, "low": low, "high": high})


def _chosen(parameter: Parameter, categories: Sequence[HyperparameterValue], text: str) -> Parameter | str:
    """A choice by its name; one that the code does not know is never added."""
    wanted = read_name(text)
    for value in categories:
        plain = read_name(str(value))
        if plain and (plain == wanted or wanted.split("_")[0] == plain):
            return parameter.model_copy(update={"default": value})
    return f"the code knows only {', '.join(str(value) for value in categories)}"[:160]


def _out_of_bounds(parameter: Parameter, name: str, value: float, limits: Limits, checked: bool) -> str:
    group, size = group_of(name), is_size(name)
    low, high = _range(parameter)
    if group in limits:
        least, most = limits[group]
        return "" if least <= value <= most else f"outside {least:g} to {most:g}, which is what can be tried here"
    if size and value < 1:
        return "a size begins at 1"
    if value > high and not checked and (size or group in NEVER_WIDER):
        return f"above {high:g}, the most that the code allows under its limits"
    if value < min(low, 0.0) - STRANGE_FACTOR * abs(low) or value > STRANGE_FACTOR * max(high, 1e-9):
        return f"far outside the code's range of {low:g} to {high:g}"
    return ""


def _range(parameter: Parameter) -> tuple[float, float]:
    if isinstance(parameter, CategoricalParameter):
        numbers = [float(value) for value in parameter.categories]
        return min(numbers), max(numbers)
    return float(parameter.low), float(parameter.high)


def _refusal(space: SearchSpace, constraints: Sequence[str], fits: Fits | None) -> str:
    """Why the defaults of `space` can't be used together."""
    values = defaults(space)
    for relation in map(parse, constraints):
        if relation.names <= set(space) and not relation.holds(values):
            return f"it breaks the constraint {relation.text}"
    return "it would not fit the size limit" if fits is not None and not fits(space) else ""


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
