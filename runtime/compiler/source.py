"""The syntax tree of a function, proven to be the one that its code object was made from."""

import ast
import builtins
import dis
import linecache
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import CodeType, FunctionType
from typing import Any

from runtime.compiler.backend import Refused
from runtime.compiler.bindings import bound_in
from runtime.python_source import parse_module

NESTED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


ORIGINAL = "arxla_original"
"""The attribute of a replacement that holds the function that it stands for."""


@dataclass(frozen=True)
class Source:
    """One function as it is written, without decorators and annotations; private names as their class makes them."""

    function: FunctionType
    node: ast.FunctionDef
    names: dict[str, Any] = field(default_factory=dict)
    """What the globals and built-ins that it reads are bound to now; of a replacement, what it stands for."""

    @property
    def arguments(self) -> list[str]:
        """Names by position."""
        return [argument.arg for argument in (*self.node.args.posonlyargs, *self.node.args.args)]

    @property
    def is_simple(self) -> bool:
        """No `*args`, `**kwargs` or keyword-only arguments, no generator."""
        given = self.node.args
        yields = any(isinstance(node, ast.Yield | ast.YieldFrom | ast.Await) for node in ast.walk(self.node))
        return not (given.vararg or given.kwarg or given.kwonlyargs or yields)


def source_of(function: FunctionType) -> Source | Refused:
    """Read it from its file; refused when the file says something else than the code object."""
    code = function.__code__
    text = "".join(linecache.getlines(code.co_filename, function.__globals__))
    if not text:
        return Refused(f"The source of {function.__qualname__} can't be read.")
    if function.__closure__:
        return Refused(f"{function.__qualname__} uses variables of the function around it: {code.co_freevars[0]}.")
    try:
        module = parse_module(text)
        compiled = compile(module, code.co_filename, "exec", dont_inherit=True)
    except SyntaxError as fault:
        return Refused(f"{code.co_filename} is no Python program any more: {fault.msg}.")
    nodes = [node for node in ast.walk(module) if isinstance(node, ast.FunctionDef) and _is(node, code)]
    node = nodes[0] if nodes else None
    if node is None or code not in _codes(compiled):
        return Refused(
            f"{code.co_filename} changed since {function.__qualname__} was loaded, or it is no plain function."
        )
    bare = _Private(owner_name(function)).visit(_bare(node))
    names = {name: _bound(function, name) for name in _read(bare, code) if _has(function, name)}
    return Source(function, bare, names)


def _is(node: ast.FunctionDef, code: CodeType) -> bool:
    first = min([node.lineno, *(item.lineno for item in node.decorator_list)])
    return node.name == code.co_name and first == code.co_firstlineno


def _codes(code: CodeType) -> list[CodeType]:
    inner = [found for constant in code.co_consts if isinstance(constant, CodeType) for found in _codes(constant)]
    return [code, *inner]


def _bare(node: ast.FunctionDef) -> ast.FunctionDef:
    """Decorators and annotations have had their effect when the function was made; a docstring has none."""
    node.decorator_list, node.returns = [], None
    for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs):
        argument.annotation = None
    first = node.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        node.body = node.body[1:] or [ast.copy_location(ast.Pass(), first)]
    return node


def owner_name(function: FunctionType) -> str:
    """The path of the class that it was written in; empty for a plain function."""
    path = function.__qualname__.rpartition(".")[0]
    return "" if path.endswith("<locals>") else path


def owner_of(function: FunctionType) -> type | None:
    """The class that it is written in, as its module knows it; None for a plain function."""
    held: Mapping[str, Any] = function.__globals__
    owner: type | None = None
    for name in owner_name(function).split("."):
        found = held.get(name)
        if not isinstance(found, type):
            return None
        owner, held = found, vars(found)
    return owner


class _Private(ast.NodeTransformer):
    """`self.__x` within a class is `self._Class__x` elsewhere."""

    def __init__(self, owner: str) -> None:
        self.prefix = "_" + owner.rpartition(".")[2].lstrip("_") if owner.strip("._") else ""

    def known(self, name: str) -> str:
        private = self.prefix and name.startswith("__") and not name.endswith("__")
        return self.prefix + name if private else name

    def visit_Name(self, node: ast.Name) -> ast.AST:
        node.id = self.known(node.id)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        node.attr = self.known(node.attr)
        return self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.arg = self.known(node.arg)
        return node


def locals_of(node: ast.AST) -> set[str]:
    """Every name that is bound somewhere in it, arguments included."""
    return bound_in(node) | {item.arg for item in ast.walk(node) if isinstance(item, ast.arg)}


def _read(node: ast.FunctionDef, code: CodeType) -> list[str]:
    """Names that are no local anywhere in it, and those that its code reads from outside beside a local of an inner
    function or comprehension."""
    local = locals_of(node)
    loads = [item.id for item in ast.walk(node) if isinstance(item, ast.Name) and isinstance(item.ctx, ast.Load)]
    steps = [step for inner in _codes(code) for step in dis.get_instructions(inner)]
    return sorted(
        {name for name in loads if name not in local} | {s.argval for s in steps if s.opname == "LOAD_GLOBAL"}
    )


def _has(function: FunctionType, name: str) -> bool:
    return name in function.__globals__ or hasattr(builtins, name)


def _bound(function: FunctionType, name: str) -> Any:
    value = function.__globals__[name] if name in function.__globals__ else getattr(builtins, name)
    return getattr(value, ORIGINAL, value) if isinstance(value, FunctionType) else value
