"""Names in scope during the abstract run."""

import ast
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Optional

from tools.review.syntax import FunctionNode
from tools.review.values import UNKNOWN, UNSET, Place, Value, join


class Scope:
    """A function's names, with the enclosing scope behind them."""

    def __init__(self, outer: Optional["Scope"] = None) -> None:
        self.outer = outer
        self.names: dict[str, Value] = {}
        self.functions: dict[str, tuple[FunctionNode, Scope]] = {}

    def get(self, name: str) -> Value:
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.outer
        return UNKNOWN

    def function(self, name: str) -> "tuple[FunctionNode, Scope] | None":
        scope: Scope | None = self
        while scope is not None:
            if name in scope.functions:
                return scope.functions[name]
            scope = scope.outer
        return None

    def update(self, name: str, value: Value) -> None:
        """Rebind `name` where it is already bound."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                scope.names[name] = value
                return
            scope = scope.outer

    def copy(self) -> "Scope":
        twin = Scope(self.outer)
        twin.names = dict(self.names)
        twin.functions = dict(self.functions)
        return twin

    def merge(self, other: "Scope", keep_mine: bool) -> None:
        """Join the names of two branches; a branch that left the block counts for nothing."""
        if not keep_mine:
            self.names = other.names
        else:
            for name in self.names.keys() | other.names.keys():
                mine, theirs = self.names.get(name), other.names.get(name)
                known = [value for value in (mine, theirs) if value is not None]
                self.names[name] = join(*known)
        self.functions.update(other.functions)

    def forget_constants(self, names: Iterable[str]) -> None:
        """A name assigned in a loop has no constant value inside it."""
        for name in names:
            if name in self.names and self.names[name].const is not UNSET:
                self.names[name] = replace(self.names[name], const=UNSET)

    def relocate(self, origin: int, place: Place) -> None:
        """A model was moved: every name that holds it sees it."""
        scope: Scope | None = self
        while scope is not None:
            for name, value in scope.names.items():
                if value.origin == origin:
                    scope.names[name] = replace(value, place=place)
            scope = scope.outer


def bind_parameters(node: FunctionNode, args: list[Value], named: dict[str, Value], scope: Scope) -> None:
    """Bind a call's values to parameters; a literal default is used where no value was given."""
    parameters = [*node.args.posonlyargs, *node.args.args]
    defaults: list[ast.expr | None] = [None] * (len(parameters) - len(node.args.defaults)) + list(node.args.defaults)
    everything = [
        *zip(parameters, defaults, strict=True),
        *zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True),
    ]
    for index, (parameter, default) in enumerate(everything):
        value = UNKNOWN
        if index < len(args) and index < len(parameters):
            value = args[index]
        elif parameter.arg in named:
            value = named[parameter.arg]
        elif isinstance(default, ast.Constant) and (args or named):
            value = Value(const=default.value)
        scope.names[parameter.arg] = value
    for rest in (node.args.vararg, node.args.kwarg):
        if rest is not None:
            scope.names[rest.arg] = UNKNOWN


def assigned_in(node: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


def truth(test: ast.expr, value: Value, evaluate: Callable[[ast.expr], Value]) -> bool | None:
    """Whether a test is surely true or false, from constants bound at the call (`train=False`, `optimizer=None`)."""
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            inner = truth(operand, evaluate(operand), evaluate)
            return None if inner is None else not inner
        case ast.Name():
            if value.const is not UNSET:
                return bool(value.const)
            return True if value.origin else None
        case ast.Compare(
            left=ast.Name() as left, ops=[ast.Is() | ast.IsNot() as op], comparators=[ast.Constant(value=None)]
        ):
            held = evaluate(left)
            if held.const is UNSET and not held.origin:
                return None
            return (held.const is None) is isinstance(op, ast.Is)
        case ast.BoolOp(op=ast.And(), values=values):
            parts = [truth(part, evaluate(part), evaluate) for part in values]
            return False if False in parts else None
    return None
