"""The function that replaces the original: compiled code for the types it was made for, the original for all else."""

import functools
import linecache
from collections.abc import Callable, Collection
from dataclasses import dataclass
from types import FunctionType
from typing import Any

import numpy as np

from runtime.compiler.backends.conversions import apart, matrix, numbers
from runtime.compiler.backends.guards import bound_tests, object_lines
from runtime.compiler.backends.variant import Variant, attempt, indented, tests_of
from runtime.compiler.methods import Method
from runtime.compiler.source import ORIGINAL, Source

DOUBTS = "arxla_doubts"
BUILTINS = {f"{kind.__name__}__": kind for kind in (type, list, tuple, len, zip, int, float, bool)}
"""By names that no argument has."""
MOST_DOUBTS = 20


@dataclass
class Doubts:
    """How often in a row compiled code was unsure; a function that always is pays twice for nothing."""

    count: int = 0


@dataclass(frozen=True)
class Dispatch:
    """Makes the replacement of one original."""

    original: FunctionType
    sources: Collection[Source]
    """What was compiled in: when a global that one of them reads is bound to something else, the original runs."""
    method: Method | None = None

    def over(self, variants: list[Variant]) -> Callable[..., Any]:
        """A function with the original's signature, name and documentation."""
        code = self.original.__code__
        arguments = code.co_varnames[: code.co_argcount]
        scope: dict[str, Any] = {
            **BUILTINS, "np__": np, "original__": self.original, "doubts__": Doubts(),
            "numbers__": numbers, "matrix__": matrix, "apart__": apart,
        }  # fmt: skip
        given = ", ".join(arguments)
        first = code.co_posonlyargcount
        signature = [*arguments[:first], *["/"][:first], *arguments[first:]]
        lines = [f"def dispatch__({', '.join(signature)}):"]
        if self.method:
            lines += indented(object_lines(self.method, given, scope), 1)
            arguments = tuple(self.method.source.arguments)
        bound = bound_tests(((source.function.__globals__, source.names) for source in self.sources), scope)
        for place, variant in enumerate(variants):
            scope |= {f"compiled{place}": variant.function, f"rebuild{place}": variant.rebuild}
            scope[f"failures{place}"] = variant.failures
            scope |= {f"check{place}_{name}": check for name, check in zip(arguments, variant.checks, strict=False)}
            named = [f"check{place}_{name}({name})" for name in arguments]
            tests = named if variant.checks else tests_of(arguments, variant)
            tests = [f"doubts__.count < {MOST_DOUBTS}", *bound, *tests]
            lines += [f"    if {' and '.join(tests)}:", *indented(attempt(arguments, variant, place), 2)]
        lines.append(f"    return original__({given})")
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
