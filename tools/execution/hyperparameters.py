"""Makes any values fit a search space and its constraints, and says in words what was changed."""

import heapq
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy

from runtime.constraints import Constraint, parse
from runtime.errors import InputError
from runtime.search_space import (
    CategoricalParameter,
    Hyperparameters,
    HyperparameterValue,
    IntegerParameter,
    Parameter,
    SearchSpace,
)

NEAR = 16
"""Neighbours on each side of a value that are tried one by one; beyond them the steps grow."""
MAX_VISITS = 20_000
"""Combinations that one group of constraints may try before it falls back to the defaults."""


def repair(
    values: Mapping[str, Any], space: SearchSpace, constraints: Iterable[str | Constraint] = ()
) -> tuple[Hyperparameters, list[str]]:
    """The nearest valid values, as plain Python, and one sentence for each repair.

    NumPy scalars become Python's, text such as "64" is read, numbers are rounded and clipped, other values move to the
    nearest category, unknown names are dropped, missing ones take their default, and constraints are met by the nearest
    values that meet them. Raises `InputError` when a constraint can't be met, or can't be read.
    """
    fixed: Hyperparameters = {}
    notes = [f"{name} is not in the search space: dropped" for name in values if name not in space]
    for name, parameter in space.items():
        if name not in values:
            fixed[name] = parameter.default
            notes.append(f"{name} was missing: its default {parameter.default!r} is used")
            continue
        fixed[name], note = _fit(name, values[name], parameter)
        notes += note
    relations = [parse(item) if isinstance(item, str) else item for item in constraints]
    for group in _groups(relation for relation in relations if relation.names <= set(space)):
        notes += _satisfy(fixed, space, group)
    return fixed, notes


def _fit(name: str, given: Any, parameter: Parameter) -> tuple[HyperparameterValue, list[str]]:
    value = given.item() if isinstance(given, numpy.generic | numpy.ndarray) and given.size == 1 else given
    if isinstance(parameter, CategoricalParameter):
        return _fit_category(name, value, parameter)
    number = _number(value)
    if number is None:
        return parameter.default, [f"{name}={_shown(given)} is not a number: its default {parameter.default!r} is used"]
    whole = isinstance(parameter, IntegerParameter)
    best: float | int = min(max(number, parameter.low), parameter.high)
    if whole:
        best = round(best)
    if best == number and not isinstance(value, str | bool):
        return (best if whole else float(best)), []
    if number < parameter.low or number > parameter.high:
        reason = f"outside [{parameter.low}, {parameter.high}]: clipped"
    else:
        reason = "not a whole number: rounded" if best != number else "text or a truth value: read as a number"
    return (best if whole else float(best)), [f"{name}={_shown(given)} is {reason} to {best!r}"]


def _fit_category(name: str, value: Any, parameter: CategoricalParameter) -> tuple[HyperparameterValue, list[str]]:
    for category in parameter.categories:
        if type(category) is type(value) and category == value:
            return category, []
    number = _number(value)
    distances = [(abs(size - number), category) for category in parameter.categories
                 if number is not None and (size := _number(category)) is not None]  # fmt: skip
    text = str(value).strip().casefold() if isinstance(value, str | bool | int | float) else None
    same = [category for category in parameter.categories if str(category).casefold() == text]
    if same:
        return same[0], [] if same[0] == value else [
            f"{name}={_shown(value)} is written differently: read as {same[0]!r}"
        ]
    if distances:
        gap, nearest = min(distances, key=lambda pair: pair[0])
        return nearest, [] if gap == 0 else [
            f"{name}={_shown(value)} is no category: moved to the nearest, {nearest!r}"
        ]
    return parameter.default, [f"{name}={_shown(value)} is no category: its default {parameter.default!r} is used"]


def _number(value: Any) -> float | int | None:
    """A finite Python number, exact for integers, from a number or its text; None otherwise."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, int):
        return int(value)
    return float(value) if isinstance(value, float) and math.isfinite(value) else None


def _groups(relations: Iterable[Constraint]) -> list[list[Constraint]]:
    """Constraints that share names, directly or through others, must be met together."""
    groups: list[list[Constraint]] = []
    for relation in relations:
        touching = [group for group in groups if any(other.names & relation.names for other in group)]
        groups = [group for group in groups if group not in touching]
        groups.append([*(other for group in touching for other in group), relation])
    return groups


def _satisfy(values: Hyperparameters, space: SearchSpace, group: Sequence[Constraint]) -> list[str]:
    """Change `values` in place to the nearest that meet the whole group, and say so."""
    if all(relation.holds(values) for relation in group):
        return []
    names = sorted(frozenset[str]().union(*(relation.names for relation in group)))
    near = [_candidates(values[name], space[name], [values[other] for other in names]) for name in names]
    found = _nearest(names, near, values, group)
    texts = " and ".join(repr(relation.text) for relation in group)
    if found is None:
        raise InputError(f"no values in the search space meet {texts}: widen a range or drop the constraint")
    changed = [f"{name}={values[name]!r} became {found[name]!r}" for name in names if found[name] != values[name]]
    values.update(found)
    return [f"to meet {texts}, {', '.join(changed)}"]


def _candidates(
    value: HyperparameterValue, parameter: Parameter, others: Sequence[HyperparameterValue]
) -> list[tuple[float, HyperparameterValue]]:
    """(distance, value) pairs, nearest first; the distance is a share of the parameter's range."""
    if isinstance(parameter, CategoricalParameter):
        start = _number(value)
        return sorted(
            ((_category_distance(start, item, value, parameter), item) for item in parameter.categories),
            key=lambda pair: pair[0],
        )
    low, high = parameter.low, parameter.high
    width = float(high - low) or 1.0
    numbers = {float(number) for number in (value, low, high, parameter.default)}
    numbers |= {float(other) for other in others if not isinstance(other, str) and low <= other <= high}
    if isinstance(parameter, IntegerParameter):
        offset = 1.0
        while offset <= width:
            numbers |= {float(value) - int(offset), float(value) + int(offset)}
            offset = offset + 1 if offset < NEAR else offset * 1.3
    else:
        numbers |= {low + width * step / (2 * NEAR) for step in range(2 * NEAR + 1)}
    kept = sorted((abs(number - float(value)) / width, number) for number in numbers if low <= number <= high)
    whole = isinstance(parameter, IntegerParameter)
    return [(distance, int(number) if whole else number) for distance, number in kept]


def _category_distance(
    start: float | int | None, item: HyperparameterValue, value: HyperparameterValue, parameter: CategoricalParameter
) -> float:
    number = _number(item)
    if item == value:
        return 0.0
    if start is None or number is None:
        return 1.0
    sizes = [size for size in map(_number, parameter.categories) if size is not None]
    return abs(number - start) / (max(sizes) - min(sizes) or 1)


def _nearest(
    names: Sequence[str],
    near: Sequence[list[tuple[float, HyperparameterValue]]],
    values: Hyperparameters,
    group: Sequence[Constraint],
) -> Hyperparameters | None:
    """Best-first search over combinations in order of total distance; exact within the candidates, and bounded."""
    start = tuple(0 for _ in names)
    heap, seen = [(0.0, start)], {start}
    visits = 0
    while heap and visits < MAX_VISITS:
        _, place = heapq.heappop(heap)
        visits += 1
        chosen = {name: near[axis][place[axis]][1] for axis, name in enumerate(names)}
        if all(relation.holds({**values, **chosen}) for relation in group):
            return chosen
        for axis in range(len(names)):
            step = (*place[:axis], place[axis] + 1, *place[axis + 1 :])
            if step[axis] < len(near[axis]) and step not in seen:
                seen.add(step)
                heapq.heappush(heap, (sum(near[i][index][0] for i, index in enumerate(step)), step))
    return None


def _shown(value: Any) -> str:
    return repr(value)[:60]
