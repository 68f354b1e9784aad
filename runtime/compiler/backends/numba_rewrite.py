"""A numeric function for Numba: indices are checked where it is not known that they are inside."""

import ast

from runtime.compiler.abstract.facts import Fact
from runtime.compiler.abstract.integers import indices_of, root_of
from runtime.compiler.backends.rewrite import Rewriter
from runtime.compiler.backends.rewrite_expressions import call
from runtime.compiler.kinds import Array, Items, Unsupported
from runtime.python_source import parse_expression


class NumbaRewriter(Rewriter, ast.NodeTransformer):
    """Numba itself is told to look at no index; an unsigned one is not taken for one from the end."""

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

    def placed(self, index: ast.expr, name: str, axis: int) -> ast.expr:
        """The index as one from the front; `Unsure` where it is outside."""
        inside, from_front = self.proven(Fact.INSIDE, index), self.proven(Fact.COUNTS_FROM_FRONT, index)
        new = self.visit(index)
        if inside:
            return call("checked.unsigned", new)
        size = parse_expression(f"{name}.shape[{axis}]")
        return call("checked.from_front" if from_front else "checked.from_either_end", new, size)
