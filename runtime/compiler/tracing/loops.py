"""Lines to loops, by the syntax tree."""

import ast
import linecache
from collections.abc import Iterator

from runtime.python_source import parse_module

LOOPS = (ast.For, ast.AsyncFor, ast.While)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


class Loops:
    """The loop statements of the files that were run, each read once."""

    def __init__(self) -> None:
        self._spans: dict[str, list[tuple[int, int]]] = {}

    def around(self, file: str, first_line: int, line: int) -> list[int]:
        """First lines of the loops around a line, within the function that begins at `first_line`; outermost first."""
        return [begin for begin, end in self._of(file) if first_line <= begin <= line <= end]

    def _of(self, file: str) -> list[tuple[int, int]]:
        if file not in self._spans:
            self._spans[file] = sorted(_spans("".join(linecache.getlines(file))))
        return self._spans[file]


def _spans(source: str) -> Iterator[tuple[int, int]]:
    try:
        tree = parse_module(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in ast.walk(tree):
        if isinstance(node, LOOPS):
            yield node.lineno, node.body[-1].end_lineno or node.lineno
