"""Python source as a syntax tree, from several threads at once."""

import ast
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
TRIES = 20
_PARSING = threading.RLock()
"""CPython 3.11 counts the depth of the tree that it builds in one place for all threads, so that two calls of
`ast.parse` at once end in "SystemError: AST constructor recursion depth mismatch", whatever their source."""


def parse_module(source: str) -> ast.Module:
    """What `ast.parse` gives; raises what it raises: SyntaxError, ValueError, RecursionError, MemoryError."""
    return _alone(lambda: ast.parse(source))


def parse_expression(source: str) -> ast.expr:
    """The one expression that a text is; raises as `parse_module`."""
    return _alone(lambda: ast.parse(source, mode="eval")).body


def _alone(parse: Callable[[], T]) -> T:
    """One call at a time, and again after one that met the call of a library."""
    for _ in range(TRIES - 1):
        try:
            with _PARSING:
                return parse()
        except SystemError:
            continue
    with _PARSING:
        return parse()
