"""Tests, as text, that the globals which a function was compiled for are bound as they were."""

from collections.abc import Iterable
from types import FunctionType
from typing import Any

from runtime.compiler.methods import HOOKS, Method
from runtime.compiler.source import ORIGINAL


def bound_tests(reads: Iterable[tuple[dict[str, Any], dict[str, Any]]], scope: dict[str, Any]) -> list[str]:
    """For each module's globals the names and values compiled in from there; `scope` gets what the tests refer to."""
    tests: dict[str, None] = {}
    places: dict[int, int] = {}
    for module, names in reads:
        place = places.setdefault(id(module), len(places))
        scope[f"globals{place}__"] = module
        for name, value in names.items():
            if name in module:
                tests[_is_bound(place, name, value)] = None
                scope[f"bound{place}_{name}"] = value
            else:
                tests[f"{name!r} not in globals{place}__"] = None
    return list(tests)


def object_lines(method: Method, given: str, scope: dict[str, Any]) -> list[str]:
    """Lines that read the attributes, or run the original: for another class, or where the class changed since."""
    scope["owner__"] = method.owner
    tests = [f"type__({method.itself}) is not owner__"]
    for place, kind in enumerate(method.owner.__mro__[:-1]):
        scope[f"kind{place}__"] = vars(kind)
        for name in (*method.attributes, *HOOKS):
            scope[f"held{place}_{name}"] = vars(kind).get(name)
            tests.append(f"kind{place}__.get({name!r}) is not held{place}_{name}")
    otherwise = f"return original__({given})"
    pairs = zip(method.source.arguments, method.attributes, strict=False)
    reads = [f"    {name} = {method.itself}.{attribute}" for name, attribute in pairs] or ["    pass"]
    return [
        f"if {' or '.join(tests)}:",
        f"    {otherwise}",
        "try:",
        *reads,
        "except AttributeError:",
        f"    {otherwise}",
    ]


def _is_bound(place: int, name: str, value: Any) -> str:
    """A function may have been replaced by its own compiled one."""
    now, then = f"globals{place}__.get({name!r})", f"bound{place}_{name}"
    if isinstance(value, FunctionType):
        return f"({now} is {then} or getattr({now}, {ORIGINAL!r}, None) is {then})"
    return f"{now} is {then}"
