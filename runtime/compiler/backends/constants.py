"""What of a syntax tree is known before it runs: values of expressions, turns of short loops."""

import ast
import copy
from typing import Any

MOST_TURNS = 8
MOST_NODES = 120
"""Of the syntax tree of an unrolled body, all turns together."""
LARGEST = 2**256
SCOPES = (ast.Lambda, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.ListComp, ast.SetComp, ast.DictComp,
          ast.GeneratorExp, ast.NamedExpr, ast.Yield, ast.YieldFrom, ast.Await)  # fmt: skip


def folded(node: ast.BinOp | ast.UnaryOp) -> ast.Constant | None:
    """The value of an operation on constants, when computing it now can't fail nor take long."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow | ast.LShift) and not _small(node.right):
        return None
    try:
        value = eval(compile(ast.Expression(ast.fix_missing_locations(node)), "<fold>", "eval"), {}, {})
    except (ArithmeticError, TypeError, ValueError):
        return None
    if type(value) not in (int, float) or (isinstance(value, int) and abs(value) > LARGEST):
        return None
    return ast.Constant(value)


def _small(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) is int and 0 <= node.value <= 64


def turns_of(node: ast.For, names: dict[str, Any]) -> list[int] | None:
    """The numbers that a short loop over a constant range goes through, if its body runs through each time."""
    source = node.iter
    if not (isinstance(source, ast.Call) and isinstance(source.func, ast.Name)) or node.orelse or source.keywords:
        return None
    if names.get(source.func.id) is not range or not isinstance(node.target, ast.Name):
        return None
    limits = [argument.value if isinstance(argument, ast.Constant) else None for argument in source.args]
    if not limits or any(type(limit) is not int for limit in limits) or limits[2:] == [0]:
        return None
    if any(isinstance(item, ast.Break | ast.Continue) for item in ast.walk(node)):
        return None
    values = range(*limits)  # type: ignore[arg-type]
    size = sum(1 for statement in node.body for _ in ast.walk(statement))
    return list(values) if 0 < len(values) <= MOST_TURNS and len(values) * size <= MOST_NODES else None


class Substitute(ast.NodeTransformer):
    """Puts expressions in the place of variables that are read."""

    def __init__(self, values: dict[str, ast.expr]) -> None:
        self.values = values

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if isinstance(node.ctx, ast.Load) and node.id in self.values:
            return copy.deepcopy(self.values[node.id])
        return node
