"""Which names a piece of a program binds: assignments, and all that binds a name without an `ast.Name`."""

import ast
from collections.abc import Iterator

INNER = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def bound_in(node: ast.AST) -> set[str]:
    """Every name that is bound or deleted in it: by patterns, `except … as`, imports and definitions, too.

    Of a function its own name is none.
    """
    return {name for item in ast.walk(node) if item is not node or not isinstance(node, INNER) for name in _by(item)}


def unbound_in(node: ast.AST) -> set[str]:
    """Names that are deleted in it, or that a branch of an expression may leave as they were."""
    found = {item.id for item in ast.walk(node) if isinstance(item, ast.Name) and isinstance(item.ctx, ast.Del)}
    for item in ast.walk(node):
        if isinstance(item, ast.ExceptHandler) and item.name:  # deleted behind the handler
            found.add(item.name)
        if isinstance(item, ast.NamedExpr):
            found.add(item.target.id)
    return found


def _by(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Name(id=name) if not isinstance(node.ctx, ast.Load):
            yield name
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            yield name
        case ast.MatchMapping(rest=str(name)):
            yield name
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.alias(name=name, asname=given):
            yield given or name.partition(".")[0]
