"""Is every variable set before it is used, on every way through a function? Machine code has no `UnboundLocalError`."""

import ast

from runtime.compiler.bindings import bound_in, unbound_in
from runtime.compiler.kinds import Unsupported
from runtime.compiler.source import locals_of


def check_set_before_use(node: ast.FunctionDef) -> None:
    """Raises `Unsupported` with the first variable that may not have been set."""
    arguments = {argument.arg for argument in (*node.args.posonlyargs, *node.args.args)}
    _Walk(locals_of(node), unbound_in(node), node.name).block(node.body, arguments)


class _Walk:
    def __init__(self, local: set[str], unsure: set[str], function: str) -> None:
        self.local, self.unsure, self.function = local, unsure, function

    def block(self, body: list[ast.stmt], known: set[str]) -> set[str]:
        """Names that are set after the block; all of them when nothing comes after."""
        for statement in body:
            known = self.statement(statement, known)
        return known

    def statement(self, node: ast.stmt, known: set[str]) -> set[str]:
        match node:
            case ast.For(target=target, iter=source, body=body, orelse=orelse):
                self.reads(source, known)
                self.block(body, known | bound_in(target))
                self.block(orelse, known)
                return known
            case ast.While(test=test, body=body, orelse=orelse):
                self.reads(test, known)
                inner = self.block(body, known)
                self.block(orelse, known)
                forever = isinstance(test, ast.Constant) and test.value
                breaks = any(isinstance(item, ast.Break) for item in ast.walk(node))
                return inner if forever and not breaks else known
            case ast.If(test=test, body=body, orelse=orelse):
                self.reads(test, known)
                return self.block(body, known) & self.block(orelse, known)
            case ast.Return() | ast.Raise():
                self.reads(node, known)
                return self.local
            case ast.Break() | ast.Continue():
                return self.local
            case ast.AugAssign(target=ast.Name(id=name)) if name not in known:
                raise self.unset(name, node)
            case ast.Try() | ast.TryStar() | ast.With() | ast.Match():
                self.inside(node, known)
                return known  # it may have ended anywhere within
        self.reads(node, known)
        return known | bound_in(node)

    def inside(self, node: ast.Try | ast.TryStar | ast.With | ast.Match, known: set[str]) -> None:
        match node:
            case ast.With(items=items, body=body):
                for item in items:
                    self.reads(item, known)
                self.block(body, known | {name for item in items for name in bound_in(item)})
            case ast.Match(subject=subject, cases=cases):
                self.reads(subject, known)
                for case in cases:
                    bound = known | bound_in(case.pattern)
                    self.reads(case.guard or case.pattern, bound)
                    self.block(case.body, bound)
            case _:
                after = self.block(node.body, known)
                self.block(node.orelse, after)
                self.block(node.finalbody, known)
                for handler in node.handlers:
                    self.reads(handler.type or ast.Pass(), known)
                    caught = {handler.name} if handler.name else set()
                    inner = _Walk(self.local, self.unsure - caught, self.function)
                    inner.block(handler.body, known | caught)

    def reads(self, node: ast.AST, known: set[str]) -> None:
        match node:
            case ast.Name(id=name, ctx=ast.Load()) if name in self.local - (known - self.unsure):
                raise self.unset(name, node)
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                self.reads(node.generators[0].iter, known)
                known = known.union(*(bound_in(one.target) for one in node.generators))
        for child in ast.iter_child_nodes(node):
            self.reads(child, known)

    def unset(self, name: str, node: ast.stmt | ast.expr) -> Unsupported:
        return Unsupported(f"{self.function} uses {name}, which may not have been set (line {node.lineno})")
