"""The function that replaces the original: compiled code for the types it was made for, the original for all else."""

import functools
import linecache
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import chain
from types import FunctionType
from typing import Any

import numpy as np

from runtime.compiler.guard import Unsure
from runtime.compiler.kinds import (
    BOOL,
    FLOAT,
    INT,
    NONE,
    NP_BOOL,
    NP_FLOAT,
    NP_INT,
    Array,
    Items,
    Kind,
    Kinds,
    Parts,
    only,
)

FAILURES = (Unsure, ArithmeticError, LookupError, ValueError, TypeError, AssertionError, MemoryError, RecursionError)
NUMPY = {NP_INT: np.int64, NP_FLOAT: np.float64, NP_BOOL: np.bool_}
EXACT_TYPES: dict[Any, str] = {INT: "int", FLOAT: "float", BOOL: "bool", NP_INT: "np.int64", NP_FLOAT: "np.float64"}
ORIGINAL = "arxla_original"
"""The attribute of a replacement that holds what it stands for."""
DOUBTS = "arxla_doubts"
MOST_DOUBTS = 20


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


@dataclass
class Doubts:
    """How often in a row compiled code was unsure; a function that always is pays twice for nothing."""

    count: int = 0


@dataclass(frozen=True)
class Dispatch:
    """Makes the replacement of one original."""

    original: FunctionType
    names: dict[str, Any] = field(default_factory=dict)
    """Globals that were compiled in: when one is bound to something else, the original runs."""

    def over(self, variants: list[Variant]) -> Callable[..., Any]:
        """A function with the original's signature, name and documentation."""
        code = self.original.__code__
        arguments = code.co_varnames[: code.co_argcount]
        scope: dict[str, Any] = {
            "np": np, "original__": self.original, "globals__": self.original.__globals__,
            "doubts__": Doubts(), "numbers__": numbers, "matrix__": matrix,
        }  # fmt: skip
        own = self.original.__name__
        guarded = [name for name in self.names if name in self.original.__globals__ and name != own]
        lines = [f"def dispatch__({', '.join(arguments)}):"]
        bound = [_is_bound(name, self.names[name]) for name in guarded]
        bound += [f"{name!r} not in globals__" for name in self.names if name not in self.original.__globals__]
        scope |= {f"bound_{name}": self.names[name] for name in guarded}
        for place, variant in enumerate(variants):
            scope |= {f"compiled{place}": variant.function, f"rebuild{place}": variant.rebuild}
            scope[f"failures{place}"] = variant.failures
            scope |= {f"check{place}_{name}": check for name, check in zip(arguments, variant.checks, strict=False)}
            named = [f"check{place}_{name}({name})" for name in arguments]
            tests = named if variant.checks else _tests(arguments, variant)
            tests = [f"doubts__.count < {MOST_DOUBTS}", *bound, *tests]
            lines += [f"    if {' and '.join(tests)}:", *_indent(_attempt(arguments, variant, place), 2)]
        lines.append(f"    return original__({', '.join(arguments)})")
        return self._made("\n".join(lines) + "\n", scope)

    def _made(self, text: str, scope: dict[str, Any]) -> Callable[..., Any]:
        name = f"<dispatch of {self.original.__qualname__}>"
        linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
        exec(compile(text, name, "exec"), scope)
        made: FunctionType = scope["dispatch__"]
        made.__defaults__ = self.original.__defaults__
        functools.update_wrapper(made, self.original)
        setattr(made, ORIGINAL, self.original)
        setattr(made, DOUBTS, scope["doubts__"])
        return made


def forget_doubts(function: Callable[..., Any]) -> None:
    """Trust it again: random arguments make compiled code unsure more often than real ones do."""
    doubts = getattr(function, DOUBTS, None)
    if isinstance(doubts, Doubts):
        doubts.count = 0


def _is_bound(name: str, value: Any) -> str:
    """A test that a global is what it was; a function may have been replaced by its own compiled one."""
    now = f"globals__.get({name!r})"
    if isinstance(value, FunctionType):
        return f"(({now} is bound_{name}) or getattr({now}, {ORIGINAL!r}, None) is bound_{name})"
    return f"{now} is bound_{name}"


def _indent(lines: list[str], depth: int) -> list[str]:
    return ["    " * depth + line for line in lines]


def _tests(arguments: tuple[str, ...], variant: Variant) -> list[str]:
    tests = [
        test for name, kinds in zip(arguments, variant.arguments, strict=True) for test in _test(name, only(kinds))
    ]
    lists = [name for name, kinds in zip(arguments, variant.arguments, strict=True) if isinstance(only(kinds), Items)]
    written = [name for name in lists if name in variant.changed]
    return tests + [f"{a} is not {b}" for a in written for b in lists if a != b]


def _test(name: str, kind: Kind) -> list[str]:
    match kind:
        case Items():
            return [f"type({name}) is list", name]
        case Array(dtype, rank):
            contiguous = f"{name}.flags.c_contiguous and {name}.flags.writeable"
            return [f"type({name}) is np.ndarray", f"{name}.dtype == {dtype!r}", f"{name}.ndim == {rank}", contiguous]
        case Parts(of):
            inner = [test for place, kinds in enumerate(of) for test in _test(f"{name}[{place}]", only(kinds))]
            return [f"type({name}) is tuple", f"len({name}) == {len(of)}", *inner]
        case "None":
            return [f"{name} is None"]
    return [f"type({name}) is {EXACT_TYPES[kind]}"]


def _attempt(arguments: tuple[str, ...], variant: Variant, place: int) -> list[str]:
    """Lines that try the compiled code; when it is unsure, what it wrote is undone and they fall through."""
    before, after, undo, passed = [], [], [], []
    pairs = zip(arguments, variant.arguments or [frozenset({NONE})] * len(arguments), strict=True)
    for name, kinds in pairs:
        kind, written = only(kinds), name in variant.changed
        if isinstance(kind, Items) and variant.lists_as_arrays:
            inner = only(kind.of)
            reads = "matrix__" if isinstance(inner, Items) else "numbers__"
            element = only(inner.of) if isinstance(inner, Items) else inner
            before.append(f"array_{name} = {reads}({name}, {element})")
            passed.append(f"array_{name}")
            if written and isinstance(inner, Items):
                after.append(f"for row, new in zip({name}, array_{name}.tolist()): row[:] = new")
            elif written:
                after.append(f"{name}[:] = array_{name}.tolist()")
        else:
            passed.append(name)
            if written:
                before.append(f"kept_{name} = {name}.copy()")
                undo.append(f"{name}[...] = kept_{name}" if isinstance(kind, Array) else f"{name}[:] = kept_{name}")
    call = f"compiled{place}({', '.join(passed + ([variant.extra] if variant.extra else []))})"
    result = f"rebuild{place}({call})" if variant.rebuild else call
    undoing = [*undo, "doubts__.count += 1"]
    copied = [line for line in before if line.startswith("kept_")]
    tried = [line for line in before if not line.startswith("kept_")]
    if not after:
        body = [*tried, f"result__ = {result}", "doubts__.count = 0", "return result__"]
        return [*copied, "try:", *_indent(body, 1), f"except failures{place}:", *_indent(undoing, 1)]
    body = [*tried, f"result__ = {result}"]
    finish = [*after, "return result__"]
    return [
        *copied,
        "try:",
        *_indent(body, 1),
        f"except failures{place}:",
        *_indent(undoing, 1),
        "else:",
        *_indent(finish, 1),
    ]


def numbers(values: list[Any], kind: type) -> Any:
    """A list of numbers of exactly one type as an array; `Unsure` when it holds others."""
    if set(map(type, values)) != {kind}:
        raise Unsure
    return np.frombuffer(array("d" if kind is float else "q", values), np.float64 if kind is float else np.int64)


def matrix(rows: list[Any], kind: type) -> Any:
    """Lists of one length as an array; `Unsure` when they are not, or when one list stands in two places."""
    if set(map(type, rows)) != {list} or len(set(map(len, rows))) != 1 or len(set(map(id, rows))) != len(rows):
        raise Unsure
    if set(map(type, chain.from_iterable(rows))) != {kind}:
        raise Unsure
    return np.array(rows)


def rebuild_for(returns: Kinds) -> Callable[[Any], Any] | None:
    """What gives a result its Python type; None when it has it."""
    if len(returns) > 1:
        types = (int, float, np.int64, np.float64)
        return lambda result: types[result[1]](result[0])
    kind = only(returns)
    if isinstance(kind, str) and kind in NUMPY:
        return NUMPY[kind]
    if isinstance(kind, Items):
        inside = rebuild_for(kind.of)
        return (lambda result: [inside(value) for value in result]) if inside else None
    if isinstance(kind, Parts):
        each = [rebuild_for(part) for part in kind.of]
        if any(each):
            return lambda result: tuple(f(v) if f else v for f, v in zip(each, result, strict=True))
    return None
