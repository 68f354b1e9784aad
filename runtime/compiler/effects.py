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
READING = {"get", "keys", "values", "items", "index", "count", "copy", "join", "split", "find", "union", "issubset"}
READERS = {
    "len", "sorted", "min", "max", "sum", "any", "all", "enumerate", "zip", "list", "tuple", "set", "dict", "range",
    "isinstance", "str", "repr", "iter", "map", "filter", "reversed", "frozenset",
}  # fmt: skip
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
    held = {key for key, value in source.names.items() if _is_changeable(value)}
    for node in ast.walk(source.node):
        written = _handed_out(node, held)
        if written:
            return Refused(f"{name} may change {written}, which lives outside it.")
    for called, value in source.names.items():
        refused = None if value is source.function else _why_not_value(name, called, value, depth)
        if refused:
            return refused
    return None


def _is_changeable(value: Any) -> bool:
    plain = (int, float, complex, str, bytes, bool, tuple, frozenset, range, type(None), type, ModuleType)
    return not isinstance(value, (*plain, FunctionType, BuiltinFunctionType)) and not callable(value)


def _handed_out(node: ast.AST, held: set[str]) -> str:
    """The outer object that this hands to something which may change it: a method, a function, another name."""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=attr)) if name in held and attr not in READING:
            return name
        case ast.Call(func=ast.Name(id=called), args=given) if called in READERS:
            return ""
        case ast.Call(args=given):
            return next((item.id for item in given if isinstance(item, ast.Name) and item.id in held), "")
        case ast.Assign(value=ast.Name(id=name)) | ast.Return(value=ast.Name(id=name)) if name in held:
            return name
    return ""


def _module(value: Any) -> str:
    return str(getattr(value, "__module__", "")).partition(".")[0]


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
        inner = source_of(value) if depth < DEEPEST else Refused(f"{name} calls too many functions in a chain.")
        return inner if isinstance(inner, Refused) else why_not_repeatable(inner, depth + 1)
    elif isinstance(value, BuiltinFunctionType):
        module = (value.__module__ or "").partition(".")[0].lstrip("_")
        if called in IMPURE_BUILTINS or (module != "builtins" and module not in PURE_MODULES):
            return Refused(f"{name} calls {called}, which reads or changes something outside it.")
    elif callable(value) and not isinstance(value, type) and _module(value) not in PURE_MODULES:
        return Refused(f"{name} calls {called}, of which it isn't known what it does.")
    return None
