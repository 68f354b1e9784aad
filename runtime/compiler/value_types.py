"""Names of the types of values, as deep as a compiler needs them: `list[int]`, `ndarray[float64, 2]`."""

from __future__ import annotations

import types
from typing import Any

LOOKED_AT = 8
"""Elements of a container whose types are looked at; a tracer must not walk a million of them."""
DEEPEST = 3
FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.MethodWrapperType)
SCALARS = (bool, int, float, complex, str, bytes, bytearray)
SEQUENCES = (list, set, frozenset)


def type_name(value: Any, depth: int = DEEPEST) -> str:
    """The type's name; reads no more of the value than the types of its first elements.

    Only exact built-in containers are looked into: a subclass may run code of its own when it is iterated.
    """
    kind = type(value)
    if value is None:
        return "None"
    if kind in SCALARS:
        return kind.__name__
    if kind in FUNCTIONS:
        return "function"
    if kind in SEQUENCES:
        return f"{kind.__name__}[{_elements(value, depth)}]" if value and depth else kind.__name__
    if kind is tuple:
        return _tuple(value, depth)
    if kind is dict:
        return _dict(value, depth)
    if isinstance(value, type):
        return "type"
    return _array(value, kind) or _qualified(kind)


def kind_of(name: str) -> str:
    """The outermost part of a type's name: `list` of `list[int]`."""
    return name.partition("[")[0]


def union(names: list[str]) -> str:
    """One name for several: `int`, `float | int`, and `Any` for more than three."""
    found = sorted({part for name in names for part in name.split(" | ")})
    return " | ".join(found) if 0 < len(found) <= 3 else "Any"


def _first(values: Any) -> list[Any]:
    """The first few; fewer when another thread changes the container meanwhile."""
    try:
        return [value for value, _ in zip(values, range(LOOKED_AT), strict=False)]
    except RuntimeError:
        return []


def _elements(values: Any, depth: int) -> str:
    return union([type_name(value, depth - 1) for value in _first(values)])


def _tuple(value: tuple[Any, ...], depth: int) -> str:
    if not value or not depth:
        return "tuple"
    if len(value) > LOOKED_AT:
        return f"tuple[{_elements(value, depth)}, ...]"
    return f"tuple[{', '.join(type_name(part, depth - 1) for part in value)}]"


def _dict(value: dict[Any, Any], depth: int) -> str:
    if not value or not depth:
        return "dict"
    pairs = _first(value.items())
    keys, values = ([type_name(pair[side], depth - 1) for pair in pairs] for side in (0, 1))
    return f"dict[{union(keys)}, {union(values)}]"


def _array(value: Any, kind: type) -> str:
    """`ndarray[float64, 2]` or `Tensor[float32, 3]`: the element type and the number of dimensions."""
    if (kind.__module__, kind.__name__) in (("numpy", "ndarray"), ("torch", "Tensor")):
        return f"{kind.__name__}[{str(value.dtype).removeprefix('torch.')}, {value.ndim}]"
    return ""


def _qualified(kind: type) -> str:
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
