"""A tiny language of relations between hyperparameters: `a % b == 0`, `a <= b`, `a + b <= 10`, `a * b <= 128`.

Python's own grammar, parsed and never evaluated as Python: one comparison over names, numbers, + - * // and %.
"""

import ast
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from runtime.errors import InputError
from runtime.python_source import parse_expression

_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_COMPARISONS: dict[type[ast.cmpop], tuple[str, Callable[[Any, Any], bool]]] = {
    ast.LtE: ("<=", operator.le),
    ast.Lt: ("<", operator.lt),
    ast.GtE: (">=", operator.ge),
    ast.Gt: (">", operator.gt),
    ast.Eq: ("==", operator.eq),
}
MAX_LENGTH = 200
Linear = tuple[dict[str, float], float]
"""Coefficients by name, and a constant."""


@dataclass(frozen=True)
class Constraint:
    """One relation; `comparison` is <=, <, >=, > or ==."""

    text: str
    names: frozenset[str]
    left: ast.expr
    comparison: str
    right: ast.expr

    def holds(self, values: Mapping[str, Any]) -> bool:
        """Whether `values` keep the relation; False when a name is missing, is not a number, or divides by zero."""
        compare = next(function for text, function in _COMPARISONS.values() if text == self.comparison)
        try:
            return bool(compare(_value(self.left, values), _value(self.right, values)))
        except (KeyError, TypeError, ZeroDivisionError, OverflowError):
            return False

    def linear(self) -> Linear | None:
        """`(coefficients, bound)` such that sum(coefficient * value) <= bound, or None when it is not of that shape."""
        if self.comparison not in ("<=", ">="):
            return None
        left, right = _linear(self.left), _linear(self.right)
        if left is None or right is None:
            return None
        sign = 1.0 if self.comparison == "<=" else -1.0
        names = {*left[0], *right[0]}
        coefficients = {name: sign * (left[0].get(name, 0.0) - right[0].get(name, 0.0)) for name in sorted(names)}
        return coefficients, sign * (right[1] - left[1])

    def product(self) -> tuple[str, str, float] | None:
        """`(a, b, limit)` of `a * b <= limit`, or None."""
        match self:
            case Constraint(
                left=ast.BinOp(left=ast.Name(id=first), op=ast.Mult(), right=ast.Name(id=second)),
                comparison="<=",
                right=ast.Constant(value=int() | float() as limit),
            ):
                return first, second, float(limit)
        return None


def parse(text: str) -> Constraint:
    """Read one constraint; raises `InputError` for anything outside the grammar."""
    problem = f"the constraint {text[:MAX_LENGTH]!r} can't be read: write one comparison such as 'width % heads == 0'"
    if len(text) > MAX_LENGTH:
        raise InputError(problem)
    try:
        body = parse_expression(text.strip())
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise InputError(problem) from error
    if not isinstance(body, ast.Compare) or len(body.ops) != 1 or type(body.ops[0]) not in _COMPARISONS:
        raise InputError(problem)
    left, right = body.left, body.comparators[0]
    if not (_allowed(left) and _allowed(right)):
        raise InputError(problem)
    names = frozenset(node.id for node in ast.walk(body) if isinstance(node, ast.Name))
    if not names:
        raise InputError(problem)
    return Constraint(text.strip(), names, left, _COMPARISONS[type(body.ops[0])][0], right)


def _allowed(node: ast.expr) -> bool:
    match node:
        case ast.Name():
            return True
        case ast.Constant(value=value):
            return type(value) in (int, float)
        case ast.BinOp(left=left, op=op, right=right):
            return type(op) in _OPERATORS and _allowed(left) and _allowed(right)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return _allowed(operand)
    return False


def _value(node: ast.expr, values: Mapping[str, Any]) -> Any:
    match node:
        case ast.Name(id=name):
            value = values[name]
            if isinstance(value, str):
                raise TypeError(f"{name} is text")
            return value
        case ast.Constant(value=number):
            return number
        case ast.BinOp(left=left, op=op, right=right):
            return _OPERATORS[type(op)](_value(left, values), _value(right, values))
        case ast.UnaryOp(operand=operand):
            return -_value(operand, values)
    raise TypeError(f"{type(node).__name__} is outside the grammar")


def _linear(node: ast.expr) -> Linear | None:
    match node:
        case ast.Name(id=name):
            return {name: 1.0}, 0.0
        case ast.Constant(value=int() | float() as number):
            return {}, float(number)
        case ast.UnaryOp(operand=operand):
            return _scaled(_linear(operand), -1.0)
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() as op, right=right):
            first, second = _linear(left), _scaled(_linear(right), 1.0 if isinstance(op, ast.Add) else -1.0)
            if first is None or second is None:
                return None
            names = {*first[0], *second[0]}
            return {name: first[0].get(name, 0.0) + second[0].get(name, 0.0) for name in names}, first[1] + second[1]
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            first, second = _linear(left), _linear(right)
            if first is None or second is None:
                return None
            if not first[0]:
                return _scaled(second, first[1])
            return _scaled(first, second[1]) if not second[0] else None
    return None


def _scaled(form: Linear | None, factor: float) -> Linear | None:
    if form is None:
        return None
    return {name: factor * value for name, value in form[0].items()}, factor * form[1]
