"""Can a function be run twice and be expected to do the same? What can't be replayed can't be verified."""

import ast
import dataclasses
import sys
from collections.abc import Iterator
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

from runtime.compiler.backend import Refused
from runtime.compiler.source import Source, owner_of, source_of

PURE_MODULES = {
    "math", "cmath", "operator", "itertools", "functools", "numpy", "bisect", "string", "re", "statistics",
    "fractions", "decimal", "collections", "heapq", "json", "textwrap", "unicodedata", "struct", "array", "zlib",
    "binascii", "base64", "hashlib", "copy", "typing", "dataclasses", "enum", "abc", "numbers",
}  # fmt: skip
IMPURE_BUILTINS = {
    "print", "open", "input", "exec", "eval", "compile", "__import__", "globals", "locals", "vars", "setattr",
    "delattr", "id", "hash", "breakpoint", "exit", "quit", "memoryview",
}  # fmt: skip
IMPURE_PARTS = {
    "random", "time", "now", "today", "system", "urandom", "write", "writelines", "write_text", "write_bytes",
    "read_text", "read_bytes", "readline", "readlines", "unlink", "mkdir", "makedirs", "rmdir", "rmtree",
    "touch", "rename", "chmod", "symlink_to", "truncate", "flush", "send", "sendall", "sendto", "recv",
    "connect", "commit", "execute", "executemany", "submit", "start", "kill", "terminate", "run_until_complete",
    "save", "savez", "savetxt", "tofile", "memmap", "dump", "open", "close", "acquire", "release", "put_nowait",
    "get_nowait", "debug", "info", "warning",
}  # fmt: skip
"""Of modules, and of objects of which nothing is known but that something is called on them."""
READING = {"get", "keys", "values", "items", "index", "count", "copy", "join", "split", "find", "union", "issubset"}
READERS = {
    "len", "sorted", "min", "max", "sum", "any", "all", "enumerate", "zip", "list", "tuple", "set", "dict", "range",
    "isinstance", "str", "repr", "iter", "map", "filter", "reversed", "frozenset",
}  # fmt: skip
DEEPEST = 4


Seen = frozenset[Any]
"""Functions and classes that are being looked at."""


def why_not_repeatable(source: Source, depth: int = 0, seen: Seen = frozenset()) -> Refused | None:
    """What makes its second run differ from the first, as far as the syntax shows; None when nothing does."""
    name = source.node.name
    seen |= {source.function}
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
    for called, value in [*source.names.items(), *_own_methods(source)]:
        refused = _why_not_value(name, called, value, depth, seen)
        if refused:
            return refused
    return None


def _own_methods(source: Source) -> Iterator[tuple[str, FunctionType]]:
    """The methods of its class that it calls on its first argument."""
    owner, itself = owner_of(source.function), source.arguments[:1]
    for node in ast.walk(source.node) if owner and itself else ():
        match node:
            case ast.Attribute(value=ast.Name(id=name), attr=attr) if name == itself[0]:
                held = getattr(owner, attr, None)
                if isinstance(held, FunctionType):
                    yield f"{name}.{attr}", held


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


def _why_not_value(name: str, called: str, value: Any, depth: int, seen: Seen) -> Refused | None:
    if isinstance(value, FunctionType | type) and value in seen:
        return None
    if isinstance(value, ModuleType):
        if value.__name__.partition(".")[0] not in PURE_MODULES:
            return Refused(f"{name} uses the module {value.__name__}, of which it isn't known that it repeats itself.")
    elif isinstance(value, FunctionType):
        if value.__module__.partition(".")[0] in PURE_MODULES:
            return None
        inner = source_of(value) if depth < DEEPEST else Refused(f"{name} calls too many functions in a chain.")
        return inner if isinstance(inner, Refused) else why_not_repeatable(inner, depth + 1, seen)
    elif isinstance(value, BuiltinFunctionType):
        module = (value.__module__ or "").partition(".")[0].lstrip("_")
        if called in IMPURE_BUILTINS or (module != "builtins" and module not in PURE_MODULES):
            return Refused(f"{name} calls {called}, which reads or changes something outside it.")
    elif isinstance(value, type):
        return _why_not_class(name, value, depth, seen)
    elif callable(value) and _module(value) not in PURE_MODULES:
        return Refused(f"{name} calls {called}, of which it isn't known what it does.")
    return None


def _why_not_class(name: str, kind: type, depth: int, seen: Seen) -> Refused | None:
    """Making an object runs code of its class; that of C can't be read."""
    if _module(kind) in PURE_MODULES or kind.__module__ == "builtins" or issubclass(kind, BaseException):
        return None
    functions = [held for held in vars(kind).values() if isinstance(held, FunctionType)]
    written = [one for one in functions if one.__code__.co_filename not in ("<string>", dataclasses.__file__)]
    module = sys.modules.get(kind.__module__)
    unread = module is not None and not str(getattr(module, "__file__", "")).endswith(".py")
    if kind.__module__.partition(".")[0] in sys.stdlib_module_names - {"__main__"} or (unread and not functions):
        return Refused(f"{name} uses the class {kind.__name__}, of which it isn't known what it does.")
    for function in written:
        refused = _why_not_value(name, function.__qualname__, function, depth, seen | {kind})
        if refused:
            return refused
    return None
