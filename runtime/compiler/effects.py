"""Can a function be run twice and be expected to do the same? What can't be replayed can't be verified."""

import ast
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

from runtime.compiler.backend import Refused
from runtime.compiler.source import Source, source_of

PURE_MODULES = {
    "math", "cmath", "operator", "itertools", "functools", "numpy", "bisect", "string", "re", "statistics",
    "fractions", "decimal", "collections", "heapq", "json", "textwrap", "unicodedata", "struct", "array", "zlib",
    "binascii", "base64", "hashlib", "copy", "typing", "dataclasses", "enum", "abc", "numbers",
}  # fmt: skip
IMPURE_BUILTINS = {
    "print", "open", "input", "exec", "eval", "compile", "__import__", "globals", "locals", "vars", "setattr",
    "delattr", "id", "hash", "breakpoint", "exit", "quit", "memoryview",
}  # fmt: skip
IMPURE_PARTS = {"random", "time", "now", "today", "system", "urandom"}
DEEPEST = 4


def why_not_repeatable(source: Source, depth: int = 0) -> Refused | None:
    """What makes its second run differ from the first, as far as the syntax shows; None when nothing does."""
    name = source.node.name
    for node in ast.walk(source.node):
        if isinstance(node, ast.Global | ast.Nonlocal):
            return Refused(f"{name} changes variables outside itself ({node.names[0]}): it can't be replayed.")
        if isinstance(node, ast.Import | ast.ImportFrom):
            return Refused(f"{name} imports something when it is called.")
        if isinstance(node, ast.Attribute) and node.attr in IMPURE_PARTS:
            return Refused(f"{name} uses .{node.attr} (line {node.lineno}), which is not the same twice.")
        if isinstance(node, ast.Attribute | ast.Subscript) and not isinstance(node.ctx, ast.Load):
            root = _root(node)
            if root in source.names:
                return Refused(f"{name} writes to {root} (line {node.lineno}), which lives outside it.")
    for called, value in source.names.items():
        refused = _why_not_value(name, called, value, depth)
        if refused:
            return refused
    return None


def _root(node: ast.AST) -> str:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _why_not_value(name: str, called: str, value: Any, depth: int) -> Refused | None:
    if isinstance(value, ModuleType):
        if value.__name__.partition(".")[0] not in PURE_MODULES:
            return Refused(f"{name} uses the module {value.__name__}, of which it isn't known that it repeats itself.")
    elif isinstance(value, FunctionType):
        if value.__module__.partition(".")[0] in PURE_MODULES:
            return None
        if value.__name__ == name:
            return None
        inner = source_of(value) if depth < DEEPEST else Refused(f"{name} calls too many functions in a chain.")
        return inner if isinstance(inner, Refused) else why_not_repeatable(inner, depth + 1)
    elif isinstance(value, BuiltinFunctionType):
        module = (value.__module__ or "").partition(".")[0].lstrip("_")
        if called in IMPURE_BUILTINS or (module != "builtins" and module not in PURE_MODULES):
            return Refused(f"{name} calls {called}, which reads or changes something outside it.")
    return None
