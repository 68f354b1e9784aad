"""The kinds that are told apart, and which of them a slot has that was seen with several."""

from collections.abc import Iterable, Mapping

from runtime.compiler.value_types import kind_of, parts

SCALARS = ("int", "float", "complex", "bool", "str", "bytes", "None")
CONTAINERS = ("list", "tuple", "dict", "set", "frozenset")
OTHERS = ("function", "type", "ndarray", "object")
KINDS = (*SCALARS, *CONTAINERS, *OTHERS)
"""`object` is an instance of any other class, `function` all that is one to a caller, `ndarray` NumPy's and torch's."""
PLAIN = frozenset((*SCALARS, *CONTAINERS))
FUNCTIONS = frozenset(
    ("function", "builtin_method", "builtin_function_or_method", "wrapper_descriptor", "method_descriptor")
)
UNSEEN = frozenset(("Any", "never", ""))
"""What a tracer writes where it saw no value."""


def kind(name: str) -> str:
    """The kind of a type's name: `list` of `list[int]`, `object` of `pathlib.PosixPath`; "" where none was seen."""
    outer = kind_of(name)
    if outer in UNSEEN:
        return ""
    if outer in ("ndarray", "Tensor"):
        return "ndarray"
    if outer in FUNCTIONS:
        return "function"
    return outer if outer in KINDS else "object"


def counted(seen: Iterable[tuple[str, float]]) -> dict[str, float]:
    """Weights of the types of a slot, unions shared out among their parts."""
    found: dict[str, float] = {}
    for name, weight in seen:
        members = [part for part in parts(name) if kind(part)]
        for part in members:
            found[part] = found.get(part, 0.0) + weight / len(members)
    return found


def most_seen(types: Mapping[str, float]) -> tuple[str, str]:
    """The kind seen most often, and of it the type seen most often. Of equals a value rather than None."""
    kinds: dict[str, float] = {}
    for name, weight in types.items():
        kinds[kind(name)] = kinds.get(kind(name), 0.0) + weight
    best = min(kinds, key=lambda one: (-kinds[one], one == "None", one))
    of_it = {name: weight for name, weight in types.items() if kind(name) == best}
    return best, min(of_it, key=lambda one: (-of_it[one], one))
