"""Python's values as machine code takes them, and back: lists of numbers as arrays, results with their Python type."""

from array import array
from collections.abc import Callable
from itertools import chain
from typing import Any

import numpy as np

from runtime.compiler.guard import Unsure
from runtime.compiler.kinds import NP_BOOL, NP_FLOAT, NP_INT, Items, Kinds, Parts, only

NUMPY = {NP_INT: np.int64, NP_FLOAT: np.float64, NP_BOOL: np.bool_}


def numbers(values: list[Any], kind: type) -> Any:
    """A list of numbers of exactly one type as an array; `Unsure` when it holds others."""
    if set(map(type, values)) != {kind}:
        raise Unsure
    return np.frombuffer(array("d" if kind is float else "q", values), np.float64 if kind is float else np.int64)


def matrix(rows: list[Any], kind: type) -> Any:
    """Lists of one length as an array; `Unsure` when they are not, or when one list stands in two places."""
    if set(map(type, rows)) != {list} or len(set(map(len, rows))) != 1 or len(set(map(id, rows))) != len(rows):
        raise Unsure
    if set(map(type, chain.from_iterable(rows))) != {kind}:
        raise Unsure
    return np.array(rows)


def apart(a: list[Any], b: list[Any]) -> bool:
    """Whether two lists, their rows included, are different objects throughout."""
    return {id(a), *map(id, a)}.isdisjoint({id(b), *map(id, b)})


def rebuild_for(returns: Kinds) -> Callable[[Any], Any] | None:
    """What gives a result its Python type; None when it has it."""
    if len(returns) > 1:
        types = (int, float, np.int64, np.float64)
        return lambda result: types[result[1]](result[0])
    kind = only(returns)
    if isinstance(kind, str) and kind in NUMPY:
        return NUMPY[kind]
    if isinstance(kind, Items):
        inside = rebuild_for(kind.of)
        return (lambda result: [inside(value) for value in result]) if inside else None
    if isinstance(kind, Parts):
        each = [rebuild_for(part) for part in kind.of]
        if any(each):
            return lambda result: tuple(f(v) if f else v for f, v in zip(each, result, strict=True))
    return None
