"""Statements of a numeric function; beside a variable whose type is decided at run time goes the code of its type."""

import ast
import copy
from typing import Any

from runtime.compiler.backends.results import check_returns
from runtime.compiler.backends.rewrite_expressions import DEPTH, REAL, ExpressionRewriter, call, named
from runtime.compiler.kinds import CODES, NUMBERS, Kinds, Unsupported

CODE = "__code"


class Rewriter(ExpressionRewriter, ast.NodeTransformer):
    """Rewrites the body of one function by what is known of its expressions."""

    def function(self, node: ast.FunctionDef) -> ast.FunctionDef:
        check_returns(self.found)
        start: list[ast.stmt] = []
        for name in sorted(self.found.mixed & set(self.found.source.arguments)):
            given = self.found.arguments[self.found.source.arguments.index(name)]
            start += self.tagged(name, ast.Name(name, ast.Load()), ast.Constant(_code(given)))
        if self.counts_depth:
            node.args.args.append(ast.arg(DEPTH))
            start.append(ast.Expr(call(f"{self.module}check_depth", ast.Name(DEPTH, ast.Load()))))
        node.args.defaults = []
        node.body = start + self.block(node.body)
        return node

    def block(self, body: list[ast.stmt]) -> list[ast.stmt]:
        new: list[ast.stmt] = []
        for statement in body:
            changed = self.visit(statement)
            new += changed if isinstance(changed, list) else [changed]
        return new

    def tagged(self, name: str, value: ast.expr, code: ast.expr) -> list[ast.stmt]:
        """Set a variable whose type is decided at run time, and the code of that type."""
        label = name + CODE
        if self.found.variables[name] & REAL:
            value = call(f"{self.module}mixed", value, ast.Name(label, ast.Load()))
        return [_set(label, code), _set(name, value)]

    def code(self, node: ast.expr) -> ast.expr:
        """An expression for the code of the type of `node`, which is not rewritten yet."""
        kinds = self.kinds(node)
        if len(kinds) == 1 and kinds <= NUMBERS:
            return ast.Constant(_code(kinds))
        match node:
            case ast.Name(id=name) if name in self.found.mixed:
                return ast.Name(name + CODE, ast.Load())
            case ast.UnaryOp(op=ast.UAdd() | ast.USub(), operand=operand):
                return self.code(operand)
            case ast.BinOp(left=left, op=op, right=right):
                both = ast.BinOp(self.code(left), ast.BitOr(), self.code(right))
                return ast.BinOp(both, ast.BitOr(), ast.Constant(1)) if isinstance(op, ast.Div) else both
        raise Unsupported(f"{ast.unparse(node)[:60]}, whose type is only known at run time")

    def visit_Assign(self, node: ast.Assign) -> ast.stmt | list[ast.stmt]:
        names = {item.id for target in node.targets for item in ast.walk(target) if isinstance(item, ast.Name)}
        written = {item for item in names & self.found.mixed if not isinstance(node.targets[0], ast.Subscript)}
        if not written:
            return self.generic_visit(node)  # type: ignore[return-value]
        target = node.targets[0]
        if len(node.targets) > 1:
            raise Unsupported("one assignment to several variables of which the type changes")
        if isinstance(target, ast.Name):
            code = self.code(node.value)
            return self.tagged(target.id, self.visit(node.value), code)
        if not isinstance(target, ast.Tuple) or not isinstance(node.value, ast.Tuple):
            raise Unsupported("unpacking into variables of which the type changes")
        return self.unpack(target.elts, node.value.elts)

    def unpack(self, targets: list[ast.expr], values: list[ast.expr]) -> list[ast.stmt]:
        before: list[ast.stmt] = []
        after: list[ast.stmt] = []
        for place, (target, value) in enumerate(zip(targets, values, strict=True)):
            temporary = f"value{place}__"
            if isinstance(target, ast.Name) and target.id in self.found.mixed:
                before.append(_set(temporary + CODE, self.code(value)))
                after += self.tagged(target.id, named(temporary), named(temporary + CODE))
            else:
                after.append(ast.Assign([self.visit(target)], named(temporary)))
            before.append(_set(temporary, self.visit(value)))
        return before + after

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Any:
        return self.visit_Assign(ast.Assign([node.target], node.value or ast.Constant(None)))

    def visit_AugAssign(self, node: ast.AugAssign) -> Any:
        load = copy.deepcopy(node.target)
        load.ctx = ast.Load()
        self.originals |= dict(zip(ast.walk(load), map(self.originals.get, ast.walk(node.target)), strict=True))  # type: ignore[arg-type]
        result = ast.BinOp(load, node.op, node.value)
        self.originals[result] = self.originals.get(node, node)
        return self.visit_Assign(ast.Assign([node.target], result))

    def visit_For(self, node: ast.For) -> ast.stmt:
        written = {item.id for item in ast.walk(node.target) if isinstance(item, ast.Name)}
        if written & self.found.mixed:
            raise Unsupported("a loop variable that changes its type")
        node.iter, node.body = self.visit(node.iter), self.block(node.body)
        node.target = self.visit(node.target)
        return node

    def visit_While(self, node: ast.While) -> ast.stmt:
        node.test, node.body = self.visit(node.test), self.block(node.body)
        return node

    def visit_If(self, node: ast.If) -> ast.stmt:
        node.test, node.body, node.orelse = self.visit(node.test), self.block(node.body), self.block(node.orelse)
        return node

    def visit_Raise(self, node: ast.Raise) -> ast.stmt:  # noqa: ARG002
        return ast.Raise(named("Unsure"))

    def visit_Assert(self, node: ast.Assert) -> ast.stmt:
        return ast.If(ast.UnaryOp(ast.Not(), self.visit(node.test)), [ast.Raise(named("Unsure"))], [])

    def visit_Return(self, node: ast.Return) -> ast.stmt:
        if node.value is None:
            return node
        if len(self.found.returns) > 1:
            code = self.code(node.value)
            number: ast.expr = self.visit(node.value)
            if self.found.returns & REAL:
                number = call(f"{self.module}mixed", number, code)
            return ast.Return(ast.Tuple([number, code], ast.Load()))
        return ast.Return(self.visit(node.value))


def _set(name: str, value: ast.expr) -> ast.Assign:
    return ast.Assign([ast.Name(name, ast.Store())], value)


def _code(kinds: Kinds) -> int:
    return CODES[str(next(iter(kinds)))]
