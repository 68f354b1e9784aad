"""What a call gives: of `math`, NumPy, a built-in function, or another function that is read in its turn."""

import ast
import math
from types import FunctionType
from typing import Any

import numpy as np

from runtime.compiler import operations
from runtime.compiler.abstract.reader import Reader
from runtime.compiler.backend import Refused
from runtime.compiler.kinds import BOOL, FLOAT, INT, NUMBERS, SCALARS, Array, Kinds, Unsupported
from runtime.compiler.source import source_of

MAKERS = {"zeros", "ones", "empty"}
DTYPE_OF = {"float64": "float64", "int64": "int64", "bool_": "bool", "float": "float64", "int": "int64", "bool": "bool"}


class Calls(Reader):
    """Calls of functions."""

    def call(self, called: ast.expr, args: list[ast.expr], keywords: list[ast.keyword]) -> Kinds:
        if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name):
            module = self.names.get(called.value.id)
            if module is math and not keywords:
                return operations.of_math(called.attr, [self.kinds(argument) for argument in args])
            if module is np and called.attr in MAKERS and len(args) <= 2:
                return self.make(args, keywords)
        if isinstance(called, ast.Name) and called.id in self.names and not keywords:
            return self.function(called.id, self.names[called.id], [self.kinds(argument) for argument in args])
        raise Unsupported(f"a call of {ast.unparse(called)[:60]}")

    def make(self, args: list[ast.expr], keywords: list[ast.keyword]) -> Kinds:
        """An array from `np.zeros(shape, dtype)`."""
        given = [*args[1:], *(keyword.value for keyword in keywords if keyword.arg == "dtype")]
        if len(args) + len(keywords) > 2 or len(given) != len(args) + len(keywords) - 1:
            raise Unsupported("an array made with other arguments than a shape and a dtype")
        name = ast.unparse(given[0]).rpartition(".")[2] if given else "float64"
        shape = args[0].elts if isinstance(args[0], ast.Tuple) else [args[0]]
        if name not in DTYPE_OF or any(not self.kinds(size) <= {INT} for size in shape):
            raise Unsupported("an array of another dtype or shape")
        return frozenset({Array(DTYPE_OF[name], len(shape))})

    def function(self, name: str, value: Any, kinds: list[Kinds]) -> Kinds:
        found: Kinds = frozenset[Any]().union(*kinds)
        if value is len and len(kinds) == 1:
            self.inside(kinds[0])
            return frozenset({INT})
        if value is abs and len(kinds) == 1 and found <= NUMBERS:
            return found
        if value in (min, max) and len(kinds) == 2 and found <= NUMBERS:
            return self.same(kinds)
        if value is int and len(kinds) == 1 and found <= SCALARS:
            return frozenset({INT})
        if value is float and len(kinds) == 1 and found <= SCALARS:
            return frozenset({FLOAT})
        if value is bool and len(kinds) == 1 and found <= SCALARS:
            return frozenset({BOOL})
        if isinstance(value, FunctionType):
            return self.helper(name, value, kinds)
        raise Unsupported(f"a call of {name}")

    def helper(self, name: str, value: FunctionType, kinds: list[Kinds]) -> Kinds:
        if value is self.found.source.function:
            if tuple(kinds) != self.found.arguments and all(kinds):
                raise Unsupported("a recursion with other types of arguments")
            self.found.recursive = True
            return self.found.returns
        if name == self.found.source.node.name:
            raise Unsupported(f"a call of another function of the name {name}")
        if not all(kinds):
            return frozenset()
        source = source_of(value)
        if isinstance(source, Refused):
            raise Unsupported(f"a call of {name}: {source.reason}")
        if any(not kind <= SCALARS or len(kind) != 1 for kind in kinds):
            raise Unsupported(f"a call of {name} with something else than numbers")
        beside = [self.found.source, *(helper.source for helper in self.found.helpers.values())]
        clash = [one for other in beside for one in source.names if _differs(one, source.names, other.names)]
        if clash:
            raise Unsupported(f"a call of {name}, to which {clash[0]} is something else")
        known = self.found.helpers.get(name)
        inner = self.analyse(source, tuple(kinds))
        if known and known.arguments != inner.arguments:
            raise Unsupported(f"calls of {name} with different types")
        if len(inner.returns) != 1 or not inner.returns <= SCALARS or inner.helpers or inner.recursive:
            raise Unsupported(f"a call of {name}, which returns no single type of number or calls others")
        self.found.helpers[name] = inner
        return inner.returns


def _differs(name: str, a: dict[str, Any], b: dict[str, Any]) -> bool:
    """Numbers are compiled in by value, all else is what it is."""
    if name not in b or a[name] is b[name]:
        return False
    return type(a[name]) not in (int, float, bool) or repr(a[name]) != repr(b[name])
