"""Which kinds every variable and expression of a numeric function may have: a fixpoint over its syntax tree.

Stricter than a compiler needs: what is not understood is `Unsupported`, with the line.
"""

import ast
import math
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any

import numpy as np

from runtime.compiler import operations
from runtime.compiler.backend import Refused
from runtime.compiler.kinds import (
    BOOL,
    BOOLEANS,
    DTYPES,
    FLOAT,
    INT,
    INTEGERS,
    NONE,
    NUMBERS,
    SCALARS,
    Array,
    Items,
    Kinds,
    Parts,
    Unsupported,
    describe,
    only,
)
from runtime.compiler.source import Source, source_of

ROUNDS = 12
DEEPEST = 4
LARGEST = 2**63
MAKERS = {"zeros", "ones", "empty"}
DTYPE_OF = {"float64": "float64", "int64": "int64", "bool_": "bool", "float": "float64", "int": "int64", "bool": "bool"}


@dataclass
class Analysis:
    """What is known of one function for arguments of given kinds."""

    source: Source
    arguments: tuple[Kinds, ...]
    variables: dict[str, Kinds] = field(default_factory=dict)
    expressions: dict[ast.AST, Kinds] = field(default_factory=dict)
    returns: Kinds = frozenset()
    changed: set[str] = field(default_factory=set)
    """Variables that hold an array or list which is written to."""
    helpers: dict[str, "Analysis"] = field(default_factory=dict)
    recursive: bool = False

    @property
    def mixed(self) -> set[str]:
        """Variables whose Python type depends on what happens at run time."""
        return {name for name, kinds in self.variables.items() if len(kinds) > 1}


def analyse(source: Source, arguments: tuple[Kinds, ...], depth: int = 0) -> Analysis:
    """Raises `Unsupported`, with the function's name and the line."""
    if depth > DEEPEST:
        raise Unsupported("a chain of too many functions")
    if not source.is_simple:
        raise Unsupported(f"{source.node.name} is a generator or takes keyword-only or any number of arguments")
    if len(arguments) != len(source.arguments):
        raise Unsupported(f"{len(arguments)} types for {len(source.arguments)} arguments")
    analysis = Analysis(source, arguments, dict(zip(source.arguments, arguments, strict=True)))
    reader = _Reader(analysis, depth)
    for _ in range(ROUNDS):
        before = (dict(analysis.variables), analysis.returns)
        reader.block(source.node.body)
        if before == (analysis.variables, analysis.returns):
            break
    else:
        raise Unsupported(f"{source.node.name}: its types do not settle")
    if not falls_off(source.node.body):
        analysis.returns |= {NONE}
    reader.last = True
    reader.block(source.node.body)
    return analysis


def falls_off(body: list[ast.stmt]) -> bool:
    """Whether every way through the block returns or raises."""
    last = body[-1]
    match last:
        case ast.Return() | ast.Raise():
            return True
        case ast.If():
            return bool(last.orelse) and falls_off(last.body) and falls_off(last.orelse)
        case ast.While(test=ast.Constant(value=True)):
            return not any(isinstance(node, ast.Break) for node in ast.walk(last))
    return False


class _Reader:
    def __init__(self, analysis: Analysis, depth: int) -> None:
        self.found, self.names, self.depth, self.last = analysis, analysis.source.names, depth, False

    def block(self, body: list[ast.stmt]) -> None:
        for statement in body:
            try:
                self.statement(statement)
            except Unsupported as fault:
                if "(line" in str(fault):
                    raise
                raise Unsupported(f"{self.found.source.node.name} uses {fault} (line {statement.lineno})") from fault

    def statement(self, node: ast.stmt) -> None:
        match node:
            case ast.Assign(targets=targets, value=value):
                kinds = self.kinds(value)
                for target in targets:
                    self.assign(target, kinds)
            case ast.AnnAssign(target=ast.Name(), value=ast.expr() as value, simple=1):
                self.assign(node.target, self.kinds(value))
            case ast.AugAssign(target=target, op=op, value=value):
                load = self.kinds(target)
                self.assign(target, self.operation(op, load, self.kinds(value)))
            case ast.For(target=target, iter=source, body=body, orelse=[]):
                self.assign(target, self.element(source))
                self.block(body)
            case ast.While(test=test, body=body, orelse=[]):
                self.truth(test)
                self.block(body)
            case ast.If(test=test, body=body, orelse=orelse):
                self.truth(test)
                self.block(body)
                self.block(orelse)
            case ast.Return(value=value):
                self.found.returns |= self.kinds(value) if value else {NONE}
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="append"), args=[value])):
                self.append(name, self.kinds(value))
            case ast.Pass() | ast.Break() | ast.Continue() | ast.Raise(exc=ast.expr()):
                pass
            case ast.Assert(test=test):
                self.truth(test)
            case _:
                raise Unsupported(f"the statement {type(node).__name__}")

    def append(self, name: str, kinds: Kinds) -> None:
        held = self.found.variables.get(name, frozenset())
        items = [kind for kind in held if isinstance(kind, Items) and not kind.given]
        if not items or len(items) != len(held):
            raise Unsupported(f"append to {name}, which is no list of its own")
        merged = frozenset({Items(items[0].of | kinds)})
        self.found.variables[name] = merged
        if self.last and len(items[0].of) != 1:
            raise Unsupported("a list of values of several types")

    def assign(self, target: ast.expr, kinds: Kinds) -> None:
        match target:
            case ast.Name(id=name):
                merged = self.merge(self.found.variables.get(name, frozenset()), kinds)
                if len(merged) > 1 and not merged <= NUMBERS:
                    raise Unsupported(f"{name}, which may be {' or '.join(sorted(map(describe, merged)))}")
                self.found.variables[name] = merged
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                whole = only(kinds) if kinds else Parts(tuple(frozenset[Any]() for _ in parts))
                if not isinstance(whole, Parts) or len(whole.of) != len(parts):
                    raise Unsupported("unpacking of something else than a tuple of that length")
                for part, of in zip(parts, whole.of, strict=True):
                    self.assign(part, of)
            case ast.Subscript(value=ast.Name(id=name)):
                self.store(name, self.kinds(target), kinds)
            case ast.Subscript(value=ast.Subscript(value=ast.Name(id=name))) if self.is_given(name):
                self.store(name, self.kinds(target), kinds)
            case _:
                raise Unsupported(f"an assignment to {ast.unparse(target)}")

    def is_given(self, name: str) -> bool:
        """An array, or a list that is one to machine code."""
        kinds = self.found.variables.get(name, frozenset())
        return all(isinstance(kind, Array) or (isinstance(kind, Items) and kind.given) for kind in kinds)

    def merge(self, old: Kinds, new: Kinds) -> Kinds:
        """Lists that differ in what they are known to hold are one list that holds both."""
        lists = [kind for kind in old | new if isinstance(kind, Items)]
        if len(lists) < 2 or len({kind.given for kind in lists}) > 1 or len(lists) != len(old | new):
            return old | new
        inside: Kinds = frozenset[Any]()
        for kind in lists:
            inside = self.merge(inside, kind.of)
        return frozenset({Items(inside, lists[0].given)})

    def store(self, name: str, held: Kinds, value: Kinds) -> None:
        self.found.changed.add(name)
        container = only(self.found.variables.get(name, frozenset()))
        if isinstance(container, Parts) or not held <= SCALARS or not value <= SCALARS:
            raise Unsupported(f"an assignment to a part of {name} that is no number")
        if isinstance(container, Array):
            allowed = {"float64": NUMBERS, "int64": INTEGERS, "bool": BOOLEANS}[container.dtype]
            if not value <= allowed:
                raise Unsupported(f"a store of {' or '.join(map(str, value))} into {describe(container)}")
        elif isinstance(container, Items) and container.given and not value <= held:
            raise Unsupported(f"a store of {' or '.join(map(str, value))} into a list of {' or '.join(map(str, held))}")
        elif isinstance(container, Items) and not container.given:
            self.found.variables[name] = frozenset({Items(container.of | value)})
            if self.last and len(container.of) > 1:
                raise Unsupported("a list of values of several types")

    def truth(self, node: ast.expr) -> None:
        match node:
            case ast.BoolOp(values=values):
                for value in values:
                    self.truth(value)
                self.found.expressions[node] = frozenset({BOOL})
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                self.truth(operand)
                self.found.expressions[node] = frozenset({BOOL})
            case _:
                if not self.kinds(node) <= SCALARS:
                    raise Unsupported("the truth of something else than a number")

    def element(self, source: ast.expr) -> Kinds:
        """What a `for` over it gives."""
        if isinstance(source, ast.Call) and isinstance(source.func, ast.Name) and source.func.id in self.names:
            called = self.names[source.func.id]
            if called is range and source.args and not source.keywords:
                if any(not self.kinds(argument) <= INTEGERS for argument in source.args):
                    raise Unsupported("range of something else than integers")
                return frozenset({INT})
            if called is enumerate and len(source.args) == 1 and not source.keywords:
                return frozenset({Parts((frozenset({INT}), self.element(source.args[0])))})
            if called is zip and source.args and not source.keywords:
                return frozenset({Parts(tuple(self.element(argument) for argument in source.args))})
        kinds = self.kinds(source)
        return self.inside(kinds) if kinds else kinds

    def inside(self, kinds: Kinds) -> Kinds:
        container = only(kinds)
        if isinstance(container, Items):
            return container.of
        if isinstance(container, Array):
            smaller: Any = Array(container.dtype, container.rank - 1) if container.rank > 1 else DTYPES[container.dtype]
            return frozenset({smaller})
        raise Unsupported(f"an element of {describe(container)}")

    def operation(self, op: ast.operator, left: Kinds, right: Kinds) -> Kinds:
        if isinstance(op, ast.Mult) and right <= {INT} and len(left) == 1 and isinstance(only(left), Items):
            container = only(left)
            if isinstance(container, Items) and not container.given and container.of <= SCALARS:
                return left
        return operations.binary(op, left, right)

    def kinds(self, node: ast.expr) -> Kinds:
        found = self.expression(node)
        self.found.expressions[node] = found
        return found

    def expression(self, node: ast.expr) -> Kinds:
        match node:
            case ast.Constant(value=bool()):
                return frozenset({BOOL})
            case ast.Constant(value=int(value)):
                return _whole(value)
            case ast.Constant(value=float()):
                return frozenset({FLOAT})
            case ast.Constant(value=None):
                return frozenset({NONE})
            case ast.Name(id=name):
                return self.name(name)
            case ast.BinOp(left=left, op=op, right=right):
                return self.operation(op, self.kinds(left), self.kinds(right))
            case ast.UnaryOp(op=ast.UAdd() | ast.USub(), operand=operand):
                return self._within(self.kinds(operand), NUMBERS)
            case ast.UnaryOp(op=ast.Invert(), operand=operand):
                return self._within(self.kinds(operand), INTEGERS)
            case ast.UnaryOp(op=ast.Not()):
                self.truth(node)
                return frozenset({BOOL})
            case ast.BoolOp(values=values):
                return self._same([self.kinds(value) for value in values])
            case ast.Compare(left=left, ops=ops, comparators=others):
                if any(isinstance(op, ast.Is | ast.IsNot | ast.In | ast.NotIn) for op in ops):
                    raise Unsupported("a test of identity or membership")
                return operations.comparison([self.kinds(side) for side in (left, *others)])
            case ast.IfExp(test=test, body=body, orelse=orelse):
                self.truth(test)
                return self._same([self.kinds(body), self.kinds(orelse)])
            case ast.Subscript(value=value, slice=index):
                return self.part(self.kinds(value), index)
            case ast.Attribute(value=value, attr=attr):
                return self.attribute(value, attr)
            case ast.Tuple(elts=parts):
                return frozenset({Parts(tuple(self.kinds(part) for part in parts))})
            case ast.List(elts=parts):
                inner = [self.kinds(part) for part in parts]
                return frozenset({Items(frozenset[Any]().union(*inner))})
            case ast.Call(func=called, args=args, keywords=keywords):
                return self.call(called, args, keywords)
        raise Unsupported(f"the expression {ast.unparse(node)[:60]}")

    def _within(self, kinds: Kinds, allowed: frozenset[str]) -> Kinds:
        if not kinds <= allowed:
            raise Unsupported("a sign or ~ of something else than a number")
        return kinds

    def _same(self, sides: list[Kinds]) -> Kinds:
        found: Kinds = frozenset[Any]().union(*sides)
        if self.last and len(found) > 1:
            raise Unsupported(f"a choice between {' and '.join(sorted(map(describe, found)))}")
        return found

    def name(self, name: str) -> Kinds:
        if name in self.found.variables:
            return self.found.variables[name]
        if name not in self.names:
            return frozenset()
        value = self.names[name]
        if type(value) is int:
            return _whole(value)
        if type(value) in (float, bool):
            return frozenset({type(value).__name__})
        raise Unsupported(f"{name}, a global that is no number")

    def part(self, held: Kinds, index: ast.expr) -> Kinds:
        if not held:
            return held
        container = only(held)
        if isinstance(container, Parts):
            if isinstance(index, ast.Constant) and type(index.value) is int and index.value < len(container.of):
                return container.of[index.value]
            raise Unsupported("an index of a tuple that is no constant")
        steps = index.elts if isinstance(index, ast.Tuple) else [index]
        if isinstance(index, ast.Tuple):
            self.found.expressions[index] = frozenset()
            if isinstance(container, Items):
                raise Unsupported("a tuple as index of a list")
        kinds: Kinds = held
        for step in steps:
            if not self.kinds(step) <= INTEGERS:
                raise Unsupported("an index that is no integer")
            kinds = self.inside(kinds)
        return kinds

    def attribute(self, value: ast.expr, attr: str) -> Kinds:
        if isinstance(value, ast.Name) and self.names.get(value.id) is math and attr in operations.CONSTANTS:
            return frozenset({FLOAT})
        container = only(self.kinds(value)) if not isinstance(value, ast.Name) or value.id not in self.names else None
        if isinstance(container, Array) and attr == "shape":
            return frozenset({Parts(tuple(frozenset({INT}) for _ in range(container.rank)))})
        if isinstance(container, Array) and attr in ("size", "ndim"):
            return frozenset({INT})
        raise Unsupported(f"{ast.unparse(value)}.{attr}")

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
            return self._same(kinds)
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
        if value.__code__.co_name == self.found.source.node.name and name == value.__name__:
            if tuple(kinds) != self.found.arguments and all(kinds):
                raise Unsupported("a recursion with other types of arguments")
            self.found.recursive = True
            return self.found.returns
        if not all(kinds):
            return frozenset()
        source = source_of(value)
        if isinstance(source, Refused):
            raise Unsupported(f"a call of {name}: {source.reason}")
        if any(not kind <= SCALARS or len(kind) != 1 for kind in kinds):
            raise Unsupported(f"a call of {name} with something else than numbers")
        known = self.found.helpers.get(name)
        inner = analyse(source, tuple(kinds), self.depth + 1)
        if known and known.arguments != inner.arguments:
            raise Unsupported(f"calls of {name} with different types")
        if len(inner.returns) != 1 or not inner.returns <= SCALARS or inner.helpers or inner.recursive:
            raise Unsupported(f"a call of {name}, which returns no single type of number or calls others")
        self.found.helpers[name] = inner
        return inner.returns


def _whole(value: int) -> Kinds:
    if not -LARGEST <= value < LARGEST:
        raise Unsupported("an integer past 64 bits")
    return frozenset({INT})
