"""Names of the types of values, as deep as a compiler needs them: `list[int]`, `ndarray[float64, 2]`."""

from __future__ import annotations

import sys
import types
from typing import Any

LOOKED_AT = 8
"""Elements of a container whose types are looked at; a tracer must not walk a million of them."""
DEEPEST = 3
FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.MethodWrapperType)
SCALARS = (bool, int, float, complex, str, bytes, bytearray)
SIMPLE = {id(kind): kind.__name__ for kind in SCALARS} | {id(kind): "function" for kind in FUNCTIONS}
"""By identity: to compare or hash a class may run code of its metaclass."""
SEQUENCES = {id(kind): kind.__name__ for kind in (list, set, frozenset)}
MOST = 3
"""Names that a union holds at most; more are `Any`."""
LONGEST = 200
"""Characters of a class's name that are kept: anything may be written there."""


def type_name(value: Any, depth: int = DEEPEST) -> str:
    """The type's name; reads no more of the value than the types of its first elements, and runs no code of its own.

    Only exact built-in containers are looked into: a subclass may run code when it is iterated. What an object says of
    itself, such as its `__class__`, is not asked.
    """
    kind = type(value)
    if value is None:
        return "None"
    simple = SIMPLE.get(id(kind))
    if simple is not None:
        return simple
    sequence = SEQUENCES.get(id(kind))
    if sequence is not None:
        return f"{sequence}[{_elements(value, depth)}]" if value and depth else sequence
    if kind is tuple:
        return _tuple(value, depth)
    if kind is dict:
        return _dict(value, depth)
    if issubclass(kind, type):
        return "type"
    return _array(value, kind) or _qualified(kind)


def kind_of(name: str) -> str:
    """The outermost part of a type's name: `list` of `list[int]`."""
    return name.partition("[")[0]


def union(names: list[str]) -> str:
    """One name for several: `int`, `float | int`, and `Any` for more than three."""
    found = sorted({part for name in names for part in parts(name)})
    return " | ".join(found) if 0 < len(found) <= MOST and "Any" not in found else "Any"


def parts(name: str, separator: str = "|") -> list[str]:
    """What a union is made of: `int` and `list[str | None]` of `int | list[str | None]`. Brackets stay whole."""
    found, depth, begun = [], 0, 0
    for at, character in enumerate(name):
        depth += (character == "[") - (character == "]")
        if character == separator and not depth:
            found.append(name[begun:at].strip())
            begun = at + 1
    return [*found, name[begun:].strip()]


def class_name(kind: type) -> str:
    """A class's own name, whatever its metaclass would say."""
    return plain(type.__dict__["__name__"].__get__(kind))


def plain(name: str) -> str:
    """A name that can be written and shown: no more than `LONGEST` characters, none that steers a terminal."""
    kept = str.__getitem__(name, slice(LONGEST))  # a subclass may run code
    return kept if kept.isprintable() else kept.encode("unicode_escape").decode()


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
    numpy, torch = sys.modules.get("numpy"), sys.modules.get("torch")
    if numpy is not None and numpy.__dict__.get("ndarray") is kind:
        return f"ndarray[{_element_type(value.dtype)}, {value.ndim}]"
    if torch is not None and torch.__dict__.get("Tensor") is kind:
        with torch._C.DisableTorchFunction():  # it would call the program's own modes
            return f"Tensor[{_element_type(value.dtype)}, {value.ndim}]"
    return ""


def _element_type(dtype: Any) -> str:
    """Without the length of strings and the fields of records: `str`, `void`."""
    if getattr(dtype, "kind", "") in ("U", "S", "V"):
        return {"U": "str", "S": "bytes", "V": "void"}[dtype.kind]
    return str(dtype).removeprefix("torch.")


def _qualified(kind: type) -> str:
    name = plain(type.__dict__["__qualname__"].__get__(kind))
    module = type.__dict__["__module__"].__get__(kind)  # anything that the class put there
    return name if type(module) is not str or module == "builtins" else f"{plain(module)}.{name}"
