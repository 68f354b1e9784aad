"""Whether what a function returns can be given back as the original would."""

import ast
from typing import Any

from runtime.compiler.abstract.analysis import Analysis
from runtime.compiler.kinds import NUMBERS, Array, Items, Parts, Unsupported


def check_returns(analysis: Analysis) -> None:
    """Raises `Unsupported` for a result that can't be given back as the original would."""
    returns = analysis.returns
    if len(returns) > 1 and (not returns <= NUMBERS or analysis.recursive):
        raise Unsupported(f"{analysis.source.node.name} returns values of several types")
    for node in ast.walk(analysis.source.node):
        if isinstance(node, ast.Return) and node.value is not None:
            for kind in analysis.expressions.get(node.value, frozenset()):
                _check_result(analysis, node.value, kind)


def _check_result(analysis: Analysis, value: ast.expr, kind: Any) -> None:
    if isinstance(kind, Items) and (kind.given or len(kind.of) != 1):
        raise Unsupported("a returned list that was given, or whose elements are not known")
    if isinstance(kind, Parts) and any(
        len(of) != 1 or not of <= NUMBERS | {"bool", "np.bool", "None"} for of in kind.of
    ):
        raise Unsupported("a returned tuple of something else than single numbers")
    if isinstance(kind, Array):
        name = value.id if isinstance(value, ast.Name) else ""
        set_by = [node for node in ast.walk(analysis.source.node) if isinstance(node, ast.Assign) and _sets(node, name)]
        made = all(isinstance(node.value, ast.Call) for node in set_by)
        if name in analysis.source.arguments or not made or not (set_by or isinstance(value, ast.Call)):
            raise Unsupported("a returned array that may be one that was given")


def _sets(node: ast.Assign, name: str) -> bool:
    return any(isinstance(target, ast.Name) and target.id == name for target in node.targets)
