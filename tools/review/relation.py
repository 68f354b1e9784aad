"""Reading a constraint such as `width % heads == 0` without evaluating its text."""

import ast
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass

OPERATORS: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Mod: operator.mod,
    ast.FloorDiv: operator.floordiv,
    ast.Div: operator.truediv,
}
COMPARISONS: Mapping[type[ast.cmpop], Callable[[float, float], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


class RelationError(ValueError):
    """The text is no comparison of arithmetic over hyperparameters."""


@dataclass(frozen=True)
class Relation:
    """A parsed comparison and the hyperparameters it names."""

    tree: ast.Compare
    names: frozenset[str]


def parse_relation(text: str) -> Relation:
    """Parse one comparison of sums, products and remainders; raises `RelationError`."""
    try:
        tree = ast.parse(text, mode="eval").body
    except SyntaxError as error:
        raise RelationError("it is no Python comparison") from error
    if not isinstance(tree, ast.Compare) or len(tree.ops) != 1 or type(tree.ops[0]) not in COMPARISONS:
        raise RelationError("it must be one comparison, such as `a % b == 0`")
    for node in ast.walk(tree):
        known = isinstance(
            node, ast.Compare | ast.BinOp | ast.Name | ast.Constant | ast.operator | ast.cmpop | ast.Load
        )
        if not known or (isinstance(node, ast.BinOp) and type(node.op) not in OPERATORS):
            raise RelationError("only +, -, *, /, // and % over hyperparameters are allowed")
        if isinstance(node, ast.Constant) and not isinstance(node.value, int | float):
            raise RelationError("constants must be numbers")
    return Relation(tree, frozenset(n.id for n in ast.walk(tree) if isinstance(n, ast.Name)))


def holds(relation: Relation, values: Mapping[str, object]) -> bool:
    """Whether the relation is true of `values`; a division by zero is false."""
    compare = COMPARISONS[type(relation.tree.ops[0])]
    try:
        return compare(_number(relation.tree.left, values), _number(relation.tree.comparators[0], values))
    except ZeroDivisionError:
        return False


def _number(node: ast.expr, values: Mapping[str, object]) -> float:
    if isinstance(node, ast.BinOp):
        return OPERATORS[type(node.op)](_number(node.left, values), _number(node.right, values))
    held = node.value if isinstance(node, ast.Constant) else values[node.id] if isinstance(node, ast.Name) else None
    if not isinstance(held, int | float):
        raise RelationError(f"`{ast.unparse(node)}` is no number")
    return held
