"""Calls to replay: recorded ones with their values, and random ones like them."""

import copy
import math
import random
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FrameType, FunctionType
from typing import Any

import numpy as np

from runtime.compiler.methods import attributes_read
from runtime.compiler.profile import CallTypes
from runtime.compiler.value_types import type_name, union

OBSERVED = 5
DEEPEST = 6
PLAIN = (int, float, bool, complex, str, bytes, range)
LARGER = 14
EDGES = (0.0, -0.0, 1.0, -1.0, float("nan"), float("inf"), float("-inf"))


@dataclass(frozen=True)
class Call:
    """One call's arguments. They stay in this process; a profile holds types alone."""

    arguments: tuple[Any, ...]
    keywords: dict[str, Any] = field(default_factory=dict)

    def copied(self) -> "Call":
        """The same with copies of everything that can be changed."""
        arguments, keywords = copy.deepcopy((self.arguments, self.keywords))
        return Call(arguments, keywords)

    def run(self, function: Callable[..., Any]) -> Any:
        """The result; what `function` raises passes."""
        return function(*self.arguments, **self.keywords)


def is_plain(value: Any, depth: int = 0) -> bool:
    """Numbers, text, arrays of numbers, and built-in containers of these: what costs little to copy and to compare."""
    if isinstance(value, list | tuple | set | frozenset):
        return depth < DEEPEST and all(is_plain(item, depth + 1) for item in value)
    if isinstance(value, dict):
        return depth < DEEPEST and all(is_plain(part, depth + 1) for item in value.items() for part in item)
    if isinstance(value, np.ndarray):
        return type(value) is np.ndarray and value.dtype.kind in "biuf"
    return value is None or type(value) in PLAIN or isinstance(value, np.generic)


def types_of(calls: list[Call]) -> list[CallTypes]:
    """The types of the positional arguments, each combination once."""
    counted: dict[tuple[str, ...], int] = {}
    for call in calls:
        names = tuple(type_name(value) for value in call.arguments)
        counted[names] = counted.get(names, 0) + 1
    return [CallTypes(arg_types=list(names), return_type="Any", count=count) for names, count in counted.items()]


def seen_in(function: FunctionType, calls: list[Call]) -> list[CallTypes]:
    """Like `types_of`, with the types of what the function returned and of its variables: it is run, on copies."""
    found = []
    for kind in types_of(calls):
        alike = [call for call in calls if [type_name(value) for value in call.arguments] == kind.arg_types]
        returned: list[str] = []
        variables: dict[str, list[str]] = {}
        for call in alike[:OBSERVED]:
            _observe(function, call.copied(), returned, variables)
        kind.return_type = union(returned) if returned else "never"
        kind.local_types = {name: union(types) for name, types in variables.items()}
        found.append(kind)
    return found


def _observe(function: FunctionType, call: Call, returned: list[str], variables: dict[str, list[str]]) -> None:
    def look(frame: FrameType, event: str, value: Any) -> None:
        if event == "return" and frame.f_code is function.__code__:
            returned.append(type_name(value))
            seen = frame.f_locals | attributes_read(function, frame.f_locals)
            for name, local in seen.items():
                variables.setdefault(name, []).append(type_name(local))

    before = sys.getprofile()
    sys.setprofile(look)
    try:
        call.run(function)
    except Exception:  # noqa: BLE001 - whatever the user's function raises
        return
    finally:
        sys.setprofile(before)


def like(calls: list[Call], count: int, seed: int) -> list[Call]:
    """`count` calls with arguments of the same types: other numbers, other lengths, edge cases; the same for a seed."""
    chance = random.Random(seed)
    made = []
    for number in range(count if calls else 0):
        call = calls[number % len(calls)].copied()
        # One argument in three stays, so that sizes that belong together often still do.
        arguments = tuple(value if chance.random() < 0.33 else vary(value, chance) for value in call.arguments)
        made.append(Call(arguments, call.keywords))
    return made


def vary(value: Any, chance: random.Random) -> Any:
    """Another value of the same type; the value itself where none is known."""
    kind = type(value)
    if kind is bool:
        return chance.random() < 0.5
    if kind is int:
        return chance.choice(
            [0, 1, -1, value, value + 1, value - 1, chance.randint(-abs(value) - 2, 2 * abs(value) + 2)]
        )
    if kind in (float, np.float64):
        return kind(
            chance.choice(EDGES) if chance.random() < 0.15 else value * chance.uniform(-2, 2) + chance.uniform(-1, 1)
        )
    if kind is np.int64:
        return np.int64(chance.randint(-abs(int(value)) - 2, abs(int(value)) + 2))
    if kind is str:
        return "".join(chance.sample(value, len(value)))[: chance.choice([len(value), len(value), 1, 0])]
    if kind is tuple:
        return tuple(vary(part, chance) for part in value)
    if kind is list:
        changed = [vary(part, chance) if chance.random() < 0.5 else part for part in value]
        return changed[: chance.choice([len(value), len(value), len(value), 1, 0])]
    if kind is np.ndarray and value.dtype.kind in "fi" and value.size:
        scale = np.array([chance.uniform(-2, 2) for _ in range(min(value.size, 64))])
        with np.errstate(all="ignore"):
            return (value * np.resize(scale, value.shape)).astype(value.dtype)
    if kind is dict:
        return dict(list(value.items())[: chance.choice([len(value), 1, 0])])
    return value


def from_types(types: list[CallTypes], seed: int) -> list[Call]:
    """A call for each combination of types of which values can be made up."""
    chance = random.Random(seed)
    made = []
    for call in types:
        try:
            for size in (3, LARGER):
                made.append(Call(tuple(_made_up(name, chance, size) for name in call.arg_types)))
        except KeyError:
            continue
    return made


def _length(size: int, nested: bool) -> int:
    """Of a container: a larger call has hundreds of numbers, while an integer stays one that may be counted up to."""
    return size if size < LARGER else LARGER if nested else LARGER**2


def _made_up(name: str, chance: random.Random, size: int) -> Any:
    """Raises `KeyError` for a type of which no value can be made up."""
    outer, _, inner = name.partition("[")
    inner = inner.removesuffix("]")
    match outer:
        case "list" if inner:
            return [_made_up(inner, chance, size) for _ in range(_length(size, "[" in inner))]
        case "tuple" if inner and "[" not in inner and "..." not in inner:
            return tuple(_made_up(part, chance, size) for part in inner.split(", "))
        case "dict" if inner.count(",") == 1 and "[" not in inner:
            key, value = inner.split(", ")
            return {_made_up(key, chance, size): _made_up(value, chance, size) for _ in range(size)}
        case "ndarray":
            dtype, rank = inner.split(", ")
            shape = (_length(size, rank != "1"),) * int(rank)
            values = [chance.uniform(-10, 10) for _ in range(math.prod(shape))]
            return np.array(values).astype(dtype).reshape(shape)
    simple: dict[str, Callable[[], Any]] = {
        "int": lambda: chance.randint(1, size),
        "float": lambda: chance.uniform(-10, 10),
        "bool": lambda: chance.random() < 0.5,
        "str": lambda: "".join(chance.choices("abc xyz,1", k=size)),
        "None": lambda: None,
        "numpy.float64": lambda: np.float64(chance.uniform(-10, 10)),
        "numpy.int64": lambda: np.int64(chance.randint(1, size)),
    }
    return simple[name]()
