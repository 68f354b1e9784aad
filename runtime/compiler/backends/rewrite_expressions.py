"""Expressions of a numeric function, each operation that could mean something else as a checked one."""

import ast
import math
from types import FunctionType
from typing import Any

from runtime.compiler.abstract.analysis import Analysis
from runtime.compiler.abstract.bounds import facts_of
from runtime.compiler.abstract.facts import Fact
from runtime.compiler.kinds import FLOAT, NP_FLOAT, NUMBERS, Kinds
from runtime.compiler.operations import FLOAT_OF_FLOAT, FLOAT_OF_TWO, INT_OF_FLOAT
from runtime.python_source import parse_expression

REAL = frozenset({FLOAT, NP_FLOAT})
PLAIN_ON_REALS = (ast.Add, ast.Sub, ast.Mult)
CHECKED = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "truediv", ast.FloorDiv: "floordiv", ast.Mod: "mod",
    ast.Pow: "power", ast.LShift: "lshift", ast.RShift: "rshift",
}  # fmt: skip
CHECKED_MATH = FLOAT_OF_FLOAT | FLOAT_OF_TWO | INT_OF_FLOAT
BUILTINS: dict[Any, str] = {abs: "absolute", min: "smaller", max: "larger", int: "to_int"}
DEPTH = "depth__"


def of_math(node: ast.AST, analysis: Analysis) -> bool:
    called = node.func if isinstance(node, ast.Call) else None
    root = called.value if isinstance(called, ast.Attribute) else None
    return isinstance(root, ast.Name) and analysis.source.names.get(root.id) is math


def call(name: str, *arguments: ast.expr) -> ast.expr:
    return ast.Call(parse_expression(name), list(arguments), [])


def named(name: str) -> ast.Name:
    return ast.Name(name, ast.Load())


class ExpressionRewriter(ast.NodeTransformer):
    """Rewrites expressions by what is known of them."""

    module = "checked."
    """Where the checked operations are."""

    def __init__(self, analysis: Analysis, originals: dict[ast.AST, ast.AST]) -> None:
        self.found, self.originals, self.names = analysis, originals, analysis.source.names
        self.facts = facts_of(analysis)
        self.counts_depth = analysis.recursive

    def kinds(self, node: ast.expr) -> Kinds:
        return self.found.expressions.get(self.originals.get(node, node), frozenset())

    def proven(self, fact: Fact, node: ast.expr) -> bool:
        return self.facts.hold(fact, self.originals.get(node, node))

    def real(self, node: ast.expr) -> bool:
        return bool(self.kinds(node) & REAL)

    def checked(self, operation: str, real: bool, *arguments: ast.expr) -> ast.expr:  # noqa: ARG002
        """A call of the checked operation; Numba chooses by the types of the arguments."""
        return call(f"checked.{operation}", *arguments)

    def mathematical(self, called: ast.Attribute, arguments: list[ast.expr]) -> ast.expr:
        """A call of a function of `math`, which raises where Python's does."""
        if called.attr in INT_OF_FLOAT:
            return ast.Call(called, [call("checked.small", *arguments)], [])
        return call("checked.finite", ast.Call(called, arguments, []))

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        left, right = self.kinds(node.left), self.kinds(node.right)
        new = ast.BinOp(self.visit(node.left), node.op, self.visit(node.right))
        if type(node.op) not in CHECKED or not (left | right) <= NUMBERS:
            return new
        real = (left | right) & REAL
        if (isinstance(node.op, PLAIN_ON_REALS) and real) or (not real and self.proven(Fact.FITS, node)):
            return new
        return self.checked(CHECKED[type(node.op)], bool((left | right) & REAL), new.left, new.right)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        real = self.real(node.operand)
        fits = self.proven(Fact.FITS, node)
        if isinstance(node.op, ast.USub) and isinstance(node.operand, ast.Constant):
            return node
        operand = self.visit(node.operand)
        plain = real or fits or not isinstance(node.op, ast.USub)
        return ast.UnaryOp(node.op, operand) if plain else self.checked("negative", real, operand)

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        sides = [node.left, *node.comparators]
        any_real = any(self.real(side) for side in sides)
        new = [self.exact(side) if any_real and not self.real(side) else self.visit(side) for side in sides]
        return ast.Compare(new[0], node.ops, new[1:])

    def exact(self, side: ast.expr) -> ast.expr:
        """An integer that is compared with a float: Python compares them exactly."""
        if isinstance(side, ast.Constant) or not self.kinds(side) <= NUMBERS:
            return self.visit(side)  # type: ignore[no-any-return]
        return self.checked("exact", False, self.visit(side))

    def bounded(self, limit: ast.expr) -> ast.expr:
        """A limit of a range, so small that counting up to it can't overflow."""
        near = self.proven(Fact.NEAR, limit)
        return self.visit(limit) if near else self.checked("bounded", False, self.visit(limit))

    def visit_Call(self, node: ast.Call) -> ast.expr:
        called = node.func
        if isinstance(called, ast.Name) and self.names.get(called.id) is range:
            return call("range", *map(self.bounded, node.args))
        arguments: list[ast.expr] = [self.visit(argument) for argument in node.args]
        if isinstance(called, ast.Attribute) and of_math(node, self.found) and called.attr in CHECKED_MATH:
            if called.attr in INT_OF_FLOAT and not self.real(node.args[0]):
                return arguments[0]
            return self.mathematical(called, arguments)
        if isinstance(called, ast.Name) and called.id in self.names:
            value = self.names[called.id]
            if isinstance(value, type | type(abs)) and value in BUILTINS:
                return self.checked(BUILTINS[value], any(map(self.real, node.args)), *arguments)
            if isinstance(value, FunctionType) and called.id == self.found.source.node.name:
                deeper = [ast.BinOp(named(DEPTH), ast.Add(), ast.Constant(1))] * self.counts_depth
                return call(called.id, *arguments, *deeper)
        node.args = arguments
        return node
