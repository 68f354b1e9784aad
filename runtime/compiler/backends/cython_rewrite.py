"""Statements and expressions of a numeric function for Cython: operations by their C types, arrays by index."""

import ast
import copy
import math
from typing import Any

from runtime.compiler.abstract.analysis import Analysis
from runtime.compiler.backends.rewrite import Rewriter
from runtime.compiler.backends.rewrite_expressions import call
from runtime.compiler.kinds import Array, Items, Parts, Unsupported, only
from runtime.compiler.operations import CONSTANTS, TRUTH
from runtime.python_source import parse_expression

IMPLEMENTATION = "__c"
"""Behind the name of the C function of a recursion."""


class CythonRewriter(Rewriter, ast.NodeTransformer):
    """Names the checked operation by its C types, and walks arrays by index."""

    module = ""

    def __init__(self, analysis: Analysis, originals: dict[ast.AST, ast.AST]) -> None:
        super().__init__(analysis, originals)
        self.counters: list[str] = []

    def checked(self, operation: str, real: bool, *arguments: ast.expr) -> ast.expr:
        """The C function for these types."""
        return call(f"{'real' if real else 'int'}_{operation}", *arguments)

    def mathematical(self, called: ast.Attribute, arguments: list[ast.expr]) -> ast.expr:
        return call(f"math_{called.attr}", *arguments)

    def visit_Name(self, node: ast.Name) -> ast.expr:
        value = self.names.get(node.id)
        if node.id not in self.found.variables and type(value) in (int, float, bool):
            if isinstance(value, float) and not math.isfinite(value):
                raise Unsupported(f"{node.id}, which is {value}")
            return ast.Constant(value)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        root = node.value
        if isinstance(root, ast.Name) and self.names.get(root.id) is math and node.attr in CONSTANTS:
            number = getattr(math, node.attr)
            if not math.isfinite(number):
                raise Unsupported(f"math.{node.attr}")
            return ast.Constant(number)
        kinds = self.kinds(node)
        if node.attr == "shape" and kinds:
            whole = only(kinds)
            rank = len(whole.of) if isinstance(whole, Parts) else 0
            sizes: list[ast.expr] = [ast.Subscript(node, ast.Constant(axis)) for axis in range(rank)]
            return ast.Tuple(sizes, ast.Load())
        if node.attr in ("size", "ndim"):
            raise Unsupported(f".{node.attr}")
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        if not (isinstance(node.value, ast.Attribute) and node.value.attr == "shape"):
            node.value = self.visit(node.value)
        node.slice = self.visit(node.slice)
        return node

    def visit_Return(self, node: ast.Return) -> ast.stmt:
        returned = super().visit_Return(node)
        if (
            isinstance(returned, ast.Return)
            and returned.value
            and any(isinstance(k, Array) for k in self.found.returns)
        ):
            returned.value = call("np.asarray", returned.value)
        return returned

    def visit_For(self, node: ast.For) -> ast.stmt:
        walked = _walked(node.iter, self.names)
        if not walked or not all(self.is_array(source) for source in walked[1]):
            return super().visit_For(node)
        kind, sources = walked
        if any(not isinstance(source, ast.Name) for source in sources):
            raise Unsupported("a loop over a part of an array")
        counter = f"place{len(self.counters)}__"
        self.counters.append(counter)
        written = {item.id for item in ast.walk(node.target) if isinstance(item, ast.Name)}
        if written & self.found.mixed:
            raise Unsupported("a loop variable that changes its type")
        index = ast.Name(counter, ast.Load())
        elements: list[ast.expr] = [ast.Subscript(copy.copy(source), index) for source in sources]
        value = elements[0] if kind == "plain" else ast.Tuple([index, *elements] if kind == "enumerate" else elements)
        length: ast.expr = call("len", sources[0])
        for source in sources[1:]:
            length = call("int_smaller", length, call("len", source))
        set_first = ast.Assign([node.target], value)
        body = [set_first, *self.block(node.body)]
        return ast.For(ast.Name(counter, ast.Store()), call("range", length), body, [])

    def is_array(self, node: ast.expr) -> bool:
        kinds = self.kinds(node)
        return bool(kinds) and all(
            isinstance(kind, Array) or (isinstance(kind, Items) and kind.given) for kind in kinds
        )

    def visit_Call(self, node: ast.Call) -> ast.expr:
        made = self.kinds(node)
        name = self.found.source.node.name
        new = super().visit_Call(node)
        if any(isinstance(kind, Array) for kind in made) and isinstance(new, ast.Call):
            array = next(kind for kind in made if isinstance(kind, Array))
            dtype = parse_expression("np.float64" if array.dtype == "float64" else "np.int64")
            return ast.Call(parse_expression(f"np.{new.func.attr}"), [new.args[0], dtype], [])  # type: ignore[attr-defined]
        if isinstance(new, ast.Call) and isinstance(new.func, ast.Attribute) and new.func.attr in TRUTH:
            return self.mathematical(new.func, new.args)
        if isinstance(new, ast.Call) and isinstance(new.func, ast.Name):
            if new.func.id == name and self.found.recursive:
                return call(name + IMPLEMENTATION, *new.args)
            if new.func.id in ("float", "bool"):
                return call(f"to_{new.func.id}", *new.args)
        return new


def _walked(source: ast.expr, names: dict[str, Any]) -> tuple[str, list[ast.expr]] | None:
    """How a loop walks over which containers; None for a range."""
    if isinstance(source, ast.Call) and isinstance(source.func, ast.Name):
        called = names.get(source.func.id)
        if called in (enumerate, zip):
            return ("enumerate" if called is enumerate else "zip"), source.args
        return None
    return "plain", [source]
