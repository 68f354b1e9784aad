"""What statements store, how far a variable is counted, and how many axes there are."""

import ast
from collections.abc import Iterator

from runtime.compiler.abstract.ranges import Range
from runtime.compiler.kinds import Array, Items, Kind

LARGEST_STEP = 1024
"""A variable that is counted by no more at a time needs years to overflow, in Python and in machine code."""


def rank_of(kind: Kind) -> int:
    match kind:
        case Array(rank=rank):
            return rank
        case Items(of=of, given=True):
            return 1 + max(rank_of(inner) for inner in of)
    return 0


def step_of(op: ast.operator, by: Range) -> int | None:
    """What a variable is counted by, when that is little."""
    if by.constant is None or abs(by.constant) > LARGEST_STEP or not isinstance(op, ast.Add | ast.Sub):
        return None
    return by.constant if isinstance(op, ast.Add) else -by.constant


def leaves(node: ast.stmt) -> bool:
    """Whether nothing comes behind it."""
    if isinstance(node, ast.If):
        return bool(node.orelse) and leaves(node.body[-1]) and leaves(node.orelse[-1])
    return isinstance(node, ast.Return | ast.Raise | ast.Break | ast.Continue)


def stored_in(body: list[ast.stmt]) -> Iterator[str]:
    for statement in body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield node.id


def stored_in_loops(body: list[ast.stmt]) -> Iterator[str]:
    for statement in body:
        for node in ast.walk(statement):
            if isinstance(node, ast.For | ast.While):
                yield from stored_in([node])
