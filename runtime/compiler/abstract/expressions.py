"""What an expression may be."""

import ast
import math
from typing import Any

from runtime.compiler import operations
from runtime.compiler.abstract.calls import Calls
from runtime.compiler.kinds import (
    BOOL,
    FLOAT,
    INT,
    INTEGERS,
    NONE,
    NP_FLOAT,
    NUMBERS,
    SCALARS,
    Array,
    Items,
    Kinds,
    Parts,
    Unsupported,
    only,
)

LARGEST = 2**63


class Expressions(Calls):
    """Expressions, and their truth."""

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
                return self.same([self.kinds(value) for value in values])
            case ast.Compare(left=left, ops=ops, comparators=others):
                if any(isinstance(op, ast.Is | ast.IsNot | ast.In | ast.NotIn) for op in ops):
                    raise Unsupported("a test of identity or membership")
                return self.comparison([left, *others])
            case ast.IfExp(test=test, body=body, orelse=orelse):
                self.truth(test)
                return self.same([self.kinds(body), self.kinds(orelse)])
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

    def comparison(self, sides: list[ast.expr]) -> Kinds:
        kinds = [self.kinds(side) for side in sides]
        numbers = [side.value for side in sides if isinstance(side, ast.Constant) and isinstance(side.value, int)]
        inexact = [number for number in numbers if float(number) != number]
        if inexact and any({FLOAT, NP_FLOAT} & of for of in kinds):
            raise Unsupported(f"a comparison of a float with {inexact[0]}, which is none")
        return operations.comparison(kinds)

    def _within(self, kinds: Kinds, allowed: frozenset[str]) -> Kinds:
        if not kinds <= allowed:
            raise Unsupported("a sign or ~ of something else than a number")
        return kinds

    def operation(self, op: ast.operator, left: Kinds, right: Kinds) -> Kinds:
        if isinstance(op, ast.Mult) and right <= {INT} and len(left) == 1 and isinstance(only(left), Items):
            container = only(left)
            if isinstance(container, Items) and not container.given and container.of <= SCALARS:
                return left
        return operations.binary(op, left, right)

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


def _whole(value: int) -> Kinds:
    if not -LARGEST <= value < LARGEST:
        raise Unsupported("an integer past 64 bits")
    return frozenset({INT})
