"""A numeric function for Numba: indices are checked where it is not known that they are inside."""

import ast

from runtime.compiler.abstract import ranges
from runtime.compiler.abstract.analysis import Analysis
from runtime.compiler.abstract.facts import Fact
from runtime.compiler.abstract.integers import OPERATIONS, indices_of, root_of
from runtime.compiler.abstract.recursion import Countdown
from runtime.compiler.backends.rewrite import Rewriter
from runtime.compiler.backends.rewrite_expressions import call
from runtime.compiler.kinds import INTEGERS, Array, Items, Unsupported
from runtime.python_source import parse_expression

FARTHEST = [2**bits for bits in range(61, 30, -1)]


class NumbaRewriter(Rewriter, ast.NodeTransformer):
    """Numba itself is told to look at no index; an unsigned one is not taken for one from the end."""

    def __init__(
        self, analysis: Analysis, originals: dict[ast.AST, ast.AST], countdown: Countdown | None = None
    ) -> None:
        super().__init__(analysis, originals)
        if countdown:
            self.facts, self.counts_depth = countdown.facts, False

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        held = self.kinds(node.value)
        if not any(isinstance(kind, Array) or (isinstance(kind, Items) and kind.given) for kind in held):
            return self.generic_visit(node)
        name, axis = root_of(node.value)
        if not name:
            raise Unsupported(f"an index of {ast.unparse(node.value)[:60]}")
        placed = [self.placed(index, name, axis + place) for place, index in enumerate(indices_of(node))]
        node.value = self.visit(node.value)
        node.slice = ast.Tuple(placed, ast.Load()) if isinstance(node.slice, ast.Tuple) else placed[0]
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        most = self.farthest(node)
        if not most:
            return super().visit_BinOp(node)
        return _Within(most).visit(node)  # type: ignore[no-any-return]

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        """Without a check in its arms the processor can compute both, and need not guess which."""
        test = self.visit(node.test)
        arms: list[ast.expr] = []
        for arm in (node.body, node.orelse):
            most = self.farthest(arm)
            if most:
                name = next(item for item in ast.walk(arm) if isinstance(item, ast.Name))
                test = call("checked.behind", call("checked.within", name, ast.Constant(most)), test)
            arms.append(arm if most else self.visit(arm))
        return ast.IfExp(test, *arms)

    def farthest(self, node: ast.expr) -> int:
        """For `3 * n + 1` and the like: how far from 0 the variable may be so that it fits; 0 for other expressions.

        One comparison is less than a check of each operation, and the next operation need not wait for it.
        """
        if not isinstance(node, ast.BinOp) or self.proven(Fact.FITS, node):
            return 0
        names = [item for item in ast.walk(node) if isinstance(item, ast.Name)]
        operations = [item for item in ast.walk(node) if isinstance(item, ast.BinOp)]
        simple = len(names) == 1 and self.kinds(names[0]) <= INTEGERS and names[0].id in self.found.variables
        if not simple or (len(operations) == 1 and not isinstance(node.op, ast.Mult)):
            return 0
        return next((most for most in FARTHEST if _fits(node, most)), 0)

    def placed(self, index: ast.expr, name: str, axis: int) -> ast.expr:
        """The index as one from the front; `Unsure` where it is outside."""
        inside, from_front = self.proven(Fact.INSIDE, index), self.proven(Fact.COUNTS_FROM_FRONT, index)
        new = self.visit(index)
        if inside:
            return call("checked.unsigned", new)
        size = parse_expression(f"{name}.shape[{axis}]")
        return call("checked.from_front" if from_front else "checked.from_either_end", new, size)


class _Within(ast.NodeTransformer):
    def __init__(self, most: int) -> None:
        self.most = most

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return call("checked.within", node, ast.Constant(self.most))


def _fits(node: ast.expr, most: int) -> bool:
    """Whether it fits, with all that it is made of, for a variable that is no farther from 0."""
    return _range(node, most) is not None


def _range(node: ast.expr, most: int) -> ranges.Range | None:
    match node:
        case ast.Name():
            return ranges.Range(-most, most)
        case ast.Constant(value=value) if type(value) is int:
            return ranges.just(value)
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() | ast.Mult() as op, right=right):
            a, b = _range(left, most), _range(right, most)
            found = OPERATIONS[type(op)](a, b) if a and b else None
            return found if found and found.fits else None
    return None
