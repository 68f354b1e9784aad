"""Compiled code for arguments of certain kinds, and the lines that choose it, try it, and undo what it wrote."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from runtime.compiler.guard import Unsure
from runtime.compiler.kinds import BOOL, FLOAT, INT, NONE, NP_FLOAT, NP_INT, Array, Items, Kind, Kinds, Parts, only
from runtime.compiler.source import Source

FAILURES = (Unsure, ArithmeticError, LookupError, ValueError, TypeError, AssertionError, MemoryError, RecursionError)
EXACT_TYPES: dict[Any, str] = {
    INT: "int__",
    FLOAT: "float__",
    BOOL: "bool__",
    NP_INT: "np__.int64",
    NP_FLOAT: "np__.float64",
}
DONE = "doubts__.count = 0"


@dataclass(frozen=True)
class Variant:
    """Code compiled for arguments of certain kinds."""

    function: Callable[..., Any]
    arguments: tuple[Kinds, ...]
    changed: frozenset[str] = frozenset()
    """Names of arguments that it writes to: they are put back before the original runs."""
    rebuild: Callable[[Any], Any] | None = None
    """Gives the result the Python type that the original's has."""
    extra: str = ""
    """More arguments, as text."""
    lists_as_arrays: bool = False
    checks: tuple[Callable[[Any], bool], ...] = ()
    """One for each argument, in place of what `arguments` says."""
    failures: tuple[type[Exception], ...] = FAILURES
    """Upon which the original runs; others are the code's own and pass."""
    helpers: tuple[Source, ...] = ()
    """Other functions that were compiled in."""


def indented(lines: list[str], depth: int) -> list[str]:
    return ["    " * depth + line for line in lines]


def tests_of(arguments: tuple[str, ...], variant: Variant) -> list[str]:
    """That the arguments have the kinds, and that no list which is written to is, or holds, another one."""
    tests = [
        test for name, kinds in zip(arguments, variant.arguments, strict=True) for test in _test(name, only(kinds))
    ]
    kinds_of = {name: only(kinds) for name, kinds in zip(arguments, variant.arguments, strict=True)}
    lists = {name: kind for name, kind in kinds_of.items() if isinstance(kind, Items)}
    written = [name for name in lists if name in variant.changed]
    rows = {name for name, kind in lists.items() if isinstance(only(kind.of), Items)}
    pairs = sorted({(min(a, b), max(a, b)) for a in written for b in lists if a != b})
    return tests + [f"apart__({a}, {b})" if {a, b} & rows else f"{a} is not {b}" for a, b in pairs]


def _test(name: str, kind: Kind) -> list[str]:
    match kind:
        case Items():
            return [f"type__({name}) is list__", name]
        case Array(dtype, rank):
            contiguous = f"{name}.flags.c_contiguous and {name}.flags.writeable"
            return [
                f"type__({name}) is np__.ndarray",
                f"{name}.dtype == {dtype!r}",
                f"{name}.ndim == {rank}",
                contiguous,
            ]
        case Parts(of):
            inner = [test for place, kinds in enumerate(of) for test in _test(f"{name}[{place}]", only(kinds))]
            return [f"type__({name}) is tuple__", f"len__({name}) == {len(of)}", *inner]
        case "None":
            return [f"{name} is None"]
    return [f"type__({name}) is {EXACT_TYPES[kind]}"]


def attempt(arguments: tuple[str, ...], variant: Variant, place: int) -> list[str]:
    """Lines that try the compiled code; when it is unsure, what it wrote is undone and they fall through."""
    copied, tried, after, undo, passed = [], [], [], [], []
    pairs = zip(arguments, variant.arguments or [frozenset({NONE})] * len(arguments), strict=True)
    for name, kinds in pairs:
        kind, written = only(kinds), name in variant.changed
        if isinstance(kind, Items) and variant.lists_as_arrays:
            tried.append(f"{name}__array = {_as_array(name, kind)}")
            passed.append(f"{name}__array")
            if written:
                rows = isinstance(only(kind.of), Items)
                new = f"{name}__array.tolist()"
                after.append(
                    f"for row__, new__ in zip__({name}, {new}): row__[:] = new__" if rows else f"{name}[:] = {new}"
                )
        else:
            passed.append(name)
            if written:
                copied.append(f"{name}__kept = {name}.copy()")
                undo.append(f"{name}[...] = {name}__kept" if isinstance(kind, Array) else f"{name}[:] = {name}__kept")
    call = f"compiled{place}({', '.join(passed + ([variant.extra] if variant.extra else []))})"
    tried.append(f"result__ = rebuild{place}({call})" if variant.rebuild else f"result__ = {call}")
    failed = [f"except failures{place}:", *indented([*undo, "doubts__.count += 1"], 1)]
    return [*copied, "try:", *indented(tried, 1), *failed, "else:", *indented([*after, DONE, "return result__"], 1)]


def _as_array(name: str, kind: Items) -> str:
    inner = only(kind.of)
    if isinstance(inner, Items):
        return f"matrix__({name}, {EXACT_TYPES[only(inner.of)]})"
    return f"numbers__({name}, {EXACT_TYPES[inner]})"
