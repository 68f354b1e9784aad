"""Compiled functions in the places of their originals in the running program, and the originals back."""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from runtime.compiler.capture import functions_of
from runtime.compiler.source import owner_of
from runtime.errors import InputError


@dataclass(frozen=True)
class Place:
    """A name of a module or class that a function was bound to."""

    holder: ModuleType | type
    name: str
    before: Any
    after: Any


@dataclass
class Places:
    """Every name that was bound anew.

    Looked at are names of loaded modules (of the function's own, and `from … import …` of others) and of its class:
    they are looked up at each call. What a list, a closure, a default or a bound method holds stays the original.
    """

    bound: list[Place] = field(default_factory=list)

    def put(self, original: FunctionType, replacement: Any) -> int:
        """Bind every name of `original` to `replacement`; how many there were."""
        found = list(_places(original, replacement))
        for place in found:
            setattr(place.holder, place.name, place.after)
        self.bound += found
        return len(found)

    def restore(self) -> None:
        """Bind them to the originals again, but for those that someone else bound to something else since."""
        for place in self.bound:
            if vars(place.holder).get(place.name) is place.after:
                setattr(place.holder, place.name, place.before)
        self.bound.clear()


def _places(original: FunctionType, replacement: Any) -> Iterator[Place]:
    for module in list(sys.modules.values()):
        if isinstance(module, ModuleType):
            names = [name for name, value in list(vars(module).items()) if value is original]
            yield from (Place(module, name, original, replacement) for name in names)
    owner = owner_of(original)
    if owner is None:
        return
    for name, held in list(vars(owner).items()):
        if held is original:
            yield Place(owner, name, held, replacement)
        elif isinstance(held, staticmethod) and held.__func__ is original:
            yield Place(owner, name, held, staticmethod(replacement))


def functions_in(program: ModuleType | Iterable[FunctionType]) -> list[FunctionType]:
    """Those that a module's own file defines. Raises `InputError` for a module without a file, or with no function."""
    if not isinstance(program, ModuleType):
        return list(program)
    file = getattr(program, "__file__", None)
    found = list(functions_of(program, Path(file)).values()) if file else []
    if not found:
        raise InputError(f"The module {program.__name__} defines no function of its own in a file.")
    return found
