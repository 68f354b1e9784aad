"""Operations that machine code compiled by Numba calls instead of Python's: they mean the same or raise `Unsure`.

Imported only by code that Numba compiles.
"""

import math
from typing import Any

import numpy as np
from numba import types
from numba.extending import overload, register_jitable

from runtime.compiler.backends.checked_choice import by_two_types, by_type, int_add, int_mul, int_sub
from runtime.compiler.guard import Unsure

EXACT = 2**53
MOST_BITS = 63


def add(a: Any, b: Any) -> Any: ...
def sub(a: Any, b: Any) -> Any: ...
def mul(a: Any, b: Any) -> Any: ...
def truediv(a: Any, b: Any) -> Any: ...
def floordiv(a: Any, b: Any) -> Any: ...
def mod(a: Any, b: Any) -> Any: ...
def power(a: Any, b: Any) -> Any: ...
def smaller(a: Any, b: Any) -> Any: ...
def larger(a: Any, b: Any) -> Any: ...


by_two_types(add, lambda a, b: int_add(a, b), lambda a, b: a + b)
by_two_types(sub, lambda a, b: int_sub(a, b), lambda a, b: a - b)
by_two_types(mul, lambda a, b: int_mul(a, b), lambda a, b: a * b)


def _real_div(a: Any, b: Any) -> Any:
    if b == 0:
        raise Unsure
    return a / b


def _int_div(a: Any, b: Any) -> Any:
    if b == 0 or a > EXACT or a < -EXACT or b > EXACT or b < -EXACT:
        raise Unsure
    return a / b


def _int_floordiv(a: Any, b: Any) -> Any:
    if b == 0 or b == -1:
        if b == 0:
            raise Unsure
        return int_sub(0, a)
    return a // b


def _int_mod(a: Any, b: Any) -> Any:
    if b == 0:
        raise Unsure
    if b == -1:
        return 0
    return a % b


def _real_floordiv(a: Any, b: Any) -> Any:
    if b == 0 or not math.isfinite(a) or not math.isfinite(b):
        raise Unsure
    return a // b


def _real_mod(a: Any, b: Any) -> Any:
    if b == 0 or not math.isfinite(a) or not math.isfinite(b):
        raise Unsure
    return a % b


def _int_power(a: Any, b: Any) -> Any:
    if b < 0:
        raise Unsure
    result, base, left = 1, a, b
    while left > 0:
        if left & 1:
            result = int_mul(result, base)
        left >>= 1
        if left:
            base = int_mul(base, base)
    return result


def _real_power(a: Any, b: Any) -> Any:
    if (a < 0 and b != math.floor(b)) or (a == 0 and b < 0):
        raise Unsure
    result = a**b
    if not math.isfinite(result):
        raise Unsure
    return result


by_two_types(truediv, _int_div, _real_div)
by_two_types(floordiv, _int_floordiv, _real_floordiv)
by_two_types(mod, _int_mod, _real_mod)
by_two_types(power, _int_power, _real_power)
by_two_types(smaller, lambda a, b: b if b < a else a, lambda a, b: b if b < a else a)
by_two_types(larger, lambda a, b: b if b > a else a, lambda a, b: b if b > a else a)


def lshift(a: Any, b: Any) -> Any: ...
def rshift(a: Any, b: Any) -> Any: ...


def _lshift(a: Any, b: Any) -> Any:
    if b < 0 or b >= MOST_BITS:
        raise Unsure
    return int_mul(a, np.int64(1) << b)


def _rshift(a: Any, b: Any) -> Any:
    if b < 0:
        raise Unsure
    return a >> (b if b < MOST_BITS else MOST_BITS)


by_two_types(lshift, _lshift, None)
by_two_types(rshift, _rshift, None)


def negative(a: Any) -> Any: ...
def absolute(a: Any) -> Any: ...
def to_int(a: Any) -> Any: ...
def bounded(a: Any) -> Any: ...
def exact(a: Any) -> Any: ...


def _float_to_int(a: Any) -> Any:
    if not -(2.0**62) < a < 2.0**62:
        raise Unsure
    return np.int64(a)


def _bounded(a: Any) -> Any:
    if a > 2**61 or a < -(2**61):
        raise Unsure
    return a


def _exact(a: Any) -> Any:
    if a > EXACT or a < -EXACT:
        raise Unsure
    return a


by_type(exact, _exact, lambda a: a)
by_type(negative, lambda a: int_sub(0, a), lambda a: -a)
by_type(absolute, lambda a: int_sub(0, a) if a < 0 else a, lambda a: abs(a))
by_type(to_int, lambda a: a, _float_to_int)
by_type(bounded, _bounded, None)


def _bool_to_int(a):  # type: ignore[no-untyped-def]
    return (lambda a: np.int64(1) if a else np.int64(0)) if isinstance(a, types.Boolean) else None


overload(to_int)(_bool_to_int)


@register_jitable
def unsigned(index: int) -> int:
    """An index that is known to be inside."""
    return np.uint64(index)  # type: ignore[return-value]


@register_jitable
def from_front(index: int, size: int) -> int:
    """An index that is known not to be negative."""
    if index >= size:
        raise Unsure
    return np.uint64(index)  # type: ignore[return-value]


@register_jitable
def from_either_end(index: int, size: int) -> int:
    """Any index."""
    if index < 0:
        index += size
    if index < 0 or index >= size:
        raise Unsure
    return np.uint64(index)  # type: ignore[return-value]


@register_jitable
def within(value: int, most: int) -> int:
    """A number so near to 0 that what is computed from it fits."""
    if value > most or value < -most:
        raise Unsure
    return value


@register_jitable
def behind(checked: int, value: bool) -> bool:  # noqa: ARG001
    """The value, once the number was checked."""
    return value


@register_jitable
def mixed(value: Any, code: int) -> Any:
    """A number in a variable that is an integer (code 0 or 2) at times: exact as a float, and no negative zero."""
    number = float(value)
    if code & 1 == 0:
        if number >= EXACT or number <= -EXACT:
            raise Unsure
        number += 0.0
    return number


@register_jitable
def check_depth(depth: int) -> None:
    """Python's own limit of recursion is the original's to reach."""
    if depth > 400:
        raise Unsure


@register_jitable
def finite(result: float) -> float:
    """What `math` gives, where Python's raises in place of an infinity or a NaN."""
    if not math.isfinite(result):
        raise Unsure
    return result


@register_jitable
def small(x: float) -> float:
    """A number of which `math.floor` and the like fit into 64 bits."""
    if not -(2.0**62) < x < 2.0**62:
        raise Unsure
    return x
