"""Sets of type names that an evaluation works with: `list[int]`, put together and taken apart."""

from collections.abc import Iterable

from runtime.compiler.value_types import parts, union

UNKNOWN = "?"
LONGEST = 80
ITERATOR = "Iterator"
"""The name of what can only be iterated; its kind is `object`."""
Types = frozenset[str]
NOTHING: Types = frozenset({UNKNOWN})


def container(outer: str, *inside: Types) -> str:
    """`list[int]`; the bare name where what is inside is not known."""
    if not inside or any(UNKNOWN in types or not types for types in inside):
        return outer
    name = f"{outer}[{', '.join(union(sorted(types)) for types in inside)}]"
    return outer if len(name) > LONGEST else name


def many(outer: str, inside: Types) -> str:
    """`tuple[int, ...]`."""
    name = container(outer, inside)
    return name if name == outer else f"{name[:-1]}, ...]"


def inside_of(name: str) -> list[str]:
    """What stands in a type's brackets, split at its commas: `str`, `list[int]` of `dict[str, list[int]]`."""
    return parts(name[name.index("[") + 1 : -1], ",") if "[" in name else []


def split(name: str) -> Types:
    """The members of a union, `?` for `Any`."""
    return frozenset(UNKNOWN if part == "Any" else part for part in parts(name))


def joined(many: Iterable[Types]) -> Types:
    """All of them; `?` where there are none."""
    found: set[str] = set()
    for types in many:
        found |= types
    return frozenset(found) or NOTHING


def said(types: Types) -> Types:
    """As they stand inside of another type: `Any` where something is not known."""
    return frozenset({"Any"}) if UNKNOWN in types else types
