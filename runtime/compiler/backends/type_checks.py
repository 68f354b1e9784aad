"""Is a value exactly of a type, its elements too? mypyc would convert what is nearly so."""

from collections.abc import Callable
from itertools import chain
from typing import Any

from runtime.compiler.kinds import Unsupported

SCALARS: dict[str, type] = {"int": int, "str": str, "bool": bool, "bytes": bytes, "None": type(None)}
FARTHEST = 2**62


def check_of(name: str) -> Callable[[Any], bool]:
    """Whether a value is exactly of the type, its elements too: mypyc would convert what is nearly so."""
    if name == "int":  # as an index, a farther one is another error to mypyc
        return lambda value: type(value) is int and -FARTHEST <= value < FARTHEST
    if name in SCALARS:
        kind = SCALARS[name]
        return lambda value: type(value) is kind
    outer, _, inner = name.partition("[")
    inner = inner.removesuffix("]")
    if outer in ("list", "set", "frozenset") and inner:
        container: type = {"list": list, "set": set, "frozenset": frozenset}[outer]
        return _of_all(container, inner)
    parts = inner.split(", ")
    if outer == "dict" and len(parts) == 2 and all(part in SCALARS for part in parts):
        key, value_type = (SCALARS[part] for part in parts)
        return lambda value: (
            type(value) is dict and set(map(type, value)) <= {key} and set(map(type, value.values())) <= {value_type}
        )
    if outer == "tuple" and parts and all(part in SCALARS for part in parts):
        kinds = [SCALARS[part] for part in parts]
        return lambda value: type(value) is tuple and list(map(type, value)) == kinds
    raise Unsupported(f"a value of type {name}")


def _all_are(values: Any, kind: type) -> bool:
    return set(map(type, values)) <= {kind}


def _of_all(container: type, inner: str) -> Callable[[Any], bool]:
    if inner in SCALARS:
        kind = SCALARS[inner]

        def holds(value: Any) -> bool:
            return type(value) is container and _all_are(value, kind)

        return holds
    element = inner.removeprefix("list[").removesuffix("]")
    if container is list and inner.startswith("list[") and element in SCALARS:
        kind = SCALARS[element]
        return lambda value: (
            type(value) is list
            and set(map(type, value)) <= {list}
            and set(map(type, chain.from_iterable(value))) <= {kind}
        )
    raise Unsupported(f"a {container.__name__} of {inner}")
