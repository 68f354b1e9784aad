"""Are two results the same to a program? 1 is not 1.0 nor True; floats may differ in their last places."""

import math
from types import MemberDescriptorType
from typing import Any

import numpy as np

RELATIVE = 1e-9
TINY = 1e-300
DEEPEST = 40


def same(a: Any, b: Any, depth: int = 0) -> bool:
    """Types, lengths, order, keys and values; NaN equals NaN."""
    if type(a) is not type(b) or depth > DEEPEST:
        return False
    match a:
        case float() | np.floating():
            return _close(float(a), float(b))
        case complex():
            return _close(a.real, b.real) and _close(a.imag, b.imag)
        case np.ndarray():
            return _arrays(a, b)
        case list() | tuple():
            return len(a) == len(b) and all(same(x, y, depth + 1) for x, y in zip(a, b, strict=True))
        case dict():
            if len(a) != len(b) or not same(list(a), list(b), depth + 1):
                return False
            return all(same(x, y, depth + 1) for x, y in zip(a.values(), b.values(), strict=True))
        case set() | frozenset():
            return bool(a == b)
    if a is b:
        return True
    names = [name for kind in type(a).__mro__[:-1] for name in vars(kind)]
    slots = [name for name in names if isinstance(getattr(type(a), name, None), MemberDescriptorType)]
    if "__eq__" in names or not (slots or hasattr(a, "__dict__")):
        return bool(a == b)
    return same(_held(a, slots), _held(b, slots), depth + 1)


def _held(value: Any, slots: list[str]) -> dict[str, Any]:
    return getattr(value, "__dict__", {}) | {name: getattr(value, name) for name in slots if hasattr(value, name)}


def _close(a: float, b: float) -> bool:
    if math.isnan(a) or math.isnan(b):
        return math.isnan(a) and math.isnan(b)
    return math.isclose(a, b, rel_tol=RELATIVE, abs_tol=TINY)


def _arrays(a: Any, b: Any) -> bool:
    if a.dtype != b.dtype or a.shape != b.shape:
        return False
    if a.dtype.kind in "fc":
        return bool(np.allclose(a, b, rtol=RELATIVE, atol=TINY, equal_nan=True))
    return all(same(x, y) for x, y in zip(a.flat, b.flat, strict=True)) if a.dtype == object else bool((a == b).all())
