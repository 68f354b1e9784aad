"""Operations that machine code compiled by Numba calls instead of Python's: they mean the same or raise `Unsure`.

Imported only by code that Numba compiles; Numba wraps integers silently, so each integer operation asks the processor
whether it fitted (LLVM's `*.with.overflow`).
"""

import math
from typing import Any

import numpy as np
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic, overload, register_jitable

from runtime.compiler.guard import Unsure

EXACT = 2**53
MOST_BITS = 63


def _with_overflow(instruction: str) -> Any:
    @intrinsic
    def checked(typingctx: Any, a: Any, b: Any) -> Any:  # noqa: ARG001
        def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ARG001
            pair = getattr(builder, instruction)(*arguments)
            with cgutils.if_unlikely(builder, builder.extract_value(pair, 1)):  # type: ignore[no-untyped-call]
                context.call_conv.return_user_exc(builder, Unsure, ())
            return builder.extract_value(pair, 0)

        return types.int64(types.int64, types.int64), codegen

    return checked


int_add, int_sub, int_mul = (_with_overflow(f"s{name}_with_overflow") for name in ("add", "sub", "mul"))


def _whole(*kinds: Any) -> bool:
    return all(isinstance(kind, types.Integer) for kind in kinds)


def _numbers(*kinds: Any) -> bool:
    return all(isinstance(kind, types.Integer | types.Float) for kind in kinds)


def _pick(stub: Any, whole: Any, real: Any) -> None:
    """Numba's choice by types: `whole` for integers, `real` when one of the numbers is a float."""

    def choose(a: Any, b: Any) -> Any:
        return whole if _whole(a, b) else real if _numbers(a, b) else None

    _overload(stub, choose, whole, real)


def _overload(stub: Any, choose: Any, *implementations: Any) -> None:
    """Numba compares signatures with their annotations, which would have to be the same in all of them."""
    for function in (choose, *implementations):
        if function is not None:
            function.__annotations__ = {}
    overload(stub)(choose)


def add(a: Any, b: Any) -> Any: ...
def sub(a: Any, b: Any) -> Any: ...
def mul(a: Any, b: Any) -> Any: ...
def truediv(a: Any, b: Any) -> Any: ...
def floordiv(a: Any, b: Any) -> Any: ...
def mod(a: Any, b: Any) -> Any: ...
def power(a: Any, b: Any) -> Any: ...
def smaller(a: Any, b: Any) -> Any: ...
def larger(a: Any, b: Any) -> Any: ...


_pick(add, lambda a, b: int_add(a, b), lambda a, b: a + b)
_pick(sub, lambda a, b: int_sub(a, b), lambda a, b: a - b)
_pick(mul, lambda a, b: int_mul(a, b), lambda a, b: a * b)


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


_pick(truediv, _int_div, _real_div)
_pick(floordiv, _int_floordiv, _real_floordiv)
_pick(mod, _int_mod, _real_mod)
_pick(power, _int_power, _real_power)
_pick(smaller, lambda a, b: b if b < a else a, lambda a, b: b if b < a else a)
_pick(larger, lambda a, b: b if b > a else a, lambda a, b: b if b > a else a)


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


_pick(lshift, _lshift, None)
_pick(rshift, _rshift, None)


def _single(stub: Any, whole: Any, real: Any) -> None:
    def choose(a: Any) -> Any:
        return whole if _whole(a) else real if _numbers(a) else None

    _overload(stub, choose, whole, real)


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


_single(exact, _exact, lambda a: a)
_single(negative, lambda a: int_sub(0, a), lambda a: -a)
_single(absolute, lambda a: int_sub(0, a) if a < 0 else a, lambda a: abs(a))
_single(to_int, lambda a: a, _float_to_int)
_single(bounded, _bounded, None)


def _bool_to_int(a):  # type: ignore[no-untyped-def]
    return (lambda a: np.int64(1) if a else np.int64(0)) if isinstance(a, types.Boolean) else None


overload(to_int)(_bool_to_int)


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


def of_float(name: str) -> Any:
    operation = getattr(math, name)

    @njit
    def checked(x: Any) -> Any:
        result = operation(x)
        if not math.isfinite(result):
            raise Unsure
        return result

    return checked


def of_two(name: str) -> Any:
    operation = getattr(math, name)

    @njit
    def checked(x: Any, y: Any) -> Any:
        result = operation(x, y)
        if not math.isfinite(result):
            raise Unsure
        return result

    return checked


def whole_of(name: str) -> Any:
    operation = getattr(math, name)

    @njit
    def checked(x: Any) -> Any:
        if not -(2.0**62) < x < 2.0**62:
            raise Unsure
        return np.int64(operation(x))

    return checked
