"""How Numba is told of checked operations: it chooses by types, and asks the processor whether an integer fitted.

Numba wraps integers silently; LLVM's `*.with.overflow` do not.
"""

from typing import Any

from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, overload

from runtime.compiler.guard import Unsure


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


def by_two_types(stub: Any, whole: Any, real: Any) -> None:
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


def by_type(stub: Any, whole: Any, real: Any) -> None:
    """Like `by_two_types`, of one number."""

    def choose(a: Any) -> Any:
        return whole if _whole(a) else real if _numbers(a) else None

    _overload(stub, choose, whole, real)
