"""A method as a function of what it reads of `self`: attributes become arguments, if reading them early can't be told.

Nothing may be written to, handed on or called on `self`, and the class must leave the reading of it to Python.
"""

import ast
import copy
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import FunctionType, MemberDescriptorType
from typing import Any

from runtime.compiler.kinds import Unsupported
from runtime.compiler.profile import CallTypes
from runtime.compiler.source import NESTED, ORIGINAL, Source, locals_of, owner_of

HOOKS = ("__getattribute__", "__getattr__")
"""Of a class, which may run code where an attribute is read."""
LATER = (*NESTED, ast.GeneratorExp)
"""What stands in these may run when the attribute is another."""


@dataclass(frozen=True)
class Method:
    """A function whose first arguments are the attributes; the others are the method's but for the first."""

    owner: type
    source: Source
    attributes: tuple[str, ...]
    itself: str
    """Its first argument, mostly `self`."""

    def types(self, calls: list[CallTypes]) -> list[CallTypes]:
        """With those of the attributes in place of the object's. Raises `Unsupported` where they are not known."""
        read = [f"{self.itself}.{name}" for name in self.attributes]
        known = [call for call in calls if all(name in call.local_types for name in read)]
        if calls and not known:
            raise Unsupported(f"{', '.join(read)}, of which the types are not known")
        given = [[*(call.local_types[name] for name in read), *call.arg_types[1:]] for call in known]
        return [call.model_copy(update={"arg_types": types}) for call, types in zip(known, given, strict=True)]


def is_method(function: FunctionType) -> bool:
    """Whether it is bound to objects of its class: no plain function, no static method."""
    owner = owner_of(function)
    held = vars(owner).get(function.__name__) if owner else None
    return isinstance(held, FunctionType) and getattr(held, ORIGINAL, held) is function


def method_of(source: Source) -> Method | None:
    """None for what is no method. Raises `Unsupported` for one that does more with `self` than read it."""
    owner = owner_of(source.function)
    if owner is None or not is_method(source.function) or not source.arguments:
        return None
    reads = _Reads(source.arguments[0])
    node = copy.deepcopy(source.node)
    node.body = [reads.visit(statement) for statement in node.body]
    attributes = tuple(reads.found)
    for name in attributes:
        if not leaves_reading_to_python(owner, name):
            raise Unsupported(f"{reads.itself}.{name}, which {owner.__name__} computes")
    taken = locals_of(source.node) | set(source.names)
    if taken & {reads.argument(name) for name in attributes}:
        raise Unsupported(f"a name that stands for an attribute of {reads.itself}")
    given = node.args.posonlyargs or node.args.args
    given[:1] = [ast.arg(reads.argument(name)) for name in attributes]
    return Method(owner, replace(source, node=node), attributes, reads.itself)


def leaves_reading_to_python(owner: type, name: str) -> bool:
    """Whether reading the attribute runs no code: no property, no method, no hook of the class."""
    if any(hook in vars(kind) for kind in owner.__mro__[:-1] for hook in HOOKS):
        return False
    held = next((vars(kind)[name] for kind in owner.__mro__ if name in vars(kind)), None)
    return isinstance(held, MemberDescriptorType) or not hasattr(type(held), "__get__")


def attributes_read(function: FunctionType, variables: Mapping[str, Any]) -> dict[str, Any]:
    """Of a method's object, among its variables: the attributes that it may read, by `self.name`; runs no code."""
    if not is_method(function):
        return {}
    itself = function.__code__.co_varnames[0]
    value = variables.get(itself)
    names = [name for name in function.__code__.co_names if leaves_reading_to_python(type(value), name)]
    return {f"{itself}.{name}": getattr(value, name) for name in names if hasattr(value, name)}


class _Reads(ast.NodeTransformer):
    """Puts an argument in the place of each attribute that is read."""

    def __init__(self, itself: str) -> None:
        self.itself = itself
        self.found: dict[str, None] = {}

    def argument(self, attribute: str) -> str:
        return f"{self.itself}__{attribute}"

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if self.is_attribute(node.func):
            called = ast.unparse(node.func)
            raise Unsupported(f"a call of {called}, which may change {self.itself} (line {node.lineno})")
        return self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        if not self.is_attribute(node):
            return self.generic_visit(node)
        if not isinstance(node.ctx, ast.Load):
            raise Unsupported(f"a write to {ast.unparse(node)}, which could not be undone (line {node.lineno})")
        self.found[node.attr] = None
        return ast.copy_location(ast.Name(self.argument(node.attr), ast.Load()), node)

    def is_attribute(self, node: ast.AST) -> bool:
        return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == self.itself

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id == self.itself:
            raise Unsupported(f"{self.itself} itself, beside its attributes (line {node.lineno})")
        return node

    def generic_visit(self, node: ast.AST) -> ast.AST:
        names = {item.id for item in ast.walk(node) if isinstance(item, ast.Name)} if isinstance(node, LATER) else ()
        if self.itself in names:
            raise Unsupported(f"{self.itself} in a function or generator within it")
        return super().generic_visit(node)
