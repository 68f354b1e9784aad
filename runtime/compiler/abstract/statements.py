"""What a statement makes of the variables."""

import ast
from typing import Any

from runtime.compiler.abstract.expressions import Expressions
from runtime.compiler.kinds import (
    BOOLEANS,
    INT,
    INTEGERS,
    NONE,
    NUMBERS,
    SCALARS,
    Array,
    Items,
    Kinds,
    Parts,
    Unsupported,
    describe,
    only,
)


class Statements(Expressions):
    """Blocks, assignments and loops."""

    def block(self, body: list[ast.stmt]) -> None:
        for statement in body:
            try:
                self.statement(statement)
            except Unsupported as fault:
                if "(line" in str(fault):
                    raise
                raise Unsupported(f"{self.found.source.node.name} uses {fault} (line {statement.lineno})") from fault

    def statement(self, node: ast.stmt) -> None:
        match node:
            case ast.Assign(targets=targets, value=value):
                kinds = self.kinds(value)
                for target in targets:
                    self.assign(target, kinds)
            case ast.AnnAssign(target=ast.Name(), value=ast.expr() as value, simple=1):
                self.assign(node.target, self.kinds(value))
            case ast.AugAssign(target=target, op=op, value=value):
                load = self.kinds(target)
                self.assign(target, self.operation(op, load, self.kinds(value)))
            case ast.For(target=target, iter=source, body=body, orelse=[]):
                self.assign(target, self.element(source))
                self.block(body)
            case ast.While(test=test, body=body, orelse=[]):
                self.truth(test)
                self.block(body)
            case ast.If(test=test, body=body, orelse=orelse):
                self.truth(test)
                self.block(body)
                self.block(orelse)
            case ast.Return(value=value):
                self.found.returns |= self.kinds(value) if value else {NONE}
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="append"), args=[value])):
                self.append(name, self.kinds(value))
            case ast.Pass() | ast.Break() | ast.Continue() | ast.Raise(exc=ast.expr()):
                pass
            case ast.Assert(test=test):
                self.truth(test)
            case _:
                raise Unsupported(f"the statement {type(node).__name__}")

    def append(self, name: str, kinds: Kinds) -> None:
        held = self.found.variables.get(name, frozenset())
        items = [kind for kind in held if isinstance(kind, Items) and not kind.given]
        if not items or len(items) != len(held):
            raise Unsupported(f"append to {name}, which is no list of its own")
        merged = frozenset({Items(items[0].of | kinds)})
        self.found.variables[name] = merged
        if self.last and len(items[0].of) != 1:
            raise Unsupported("a list of values of several types")

    def assign(self, target: ast.expr, kinds: Kinds) -> None:
        match target:
            case ast.Name(id=name):
                merged = self.merge(self.found.variables.get(name, frozenset()), kinds)
                if len(merged) > 1 and not merged <= NUMBERS:
                    raise Unsupported(f"{name}, which may be {' or '.join(sorted(map(describe, merged)))}")
                self.found.variables[name] = merged
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                whole = only(kinds) if kinds else Parts(tuple(frozenset[Any]() for _ in parts))
                if not isinstance(whole, Parts) or len(whole.of) != len(parts):
                    raise Unsupported("unpacking of something else than a tuple of that length")
                for part, of in zip(parts, whole.of, strict=True):
                    self.assign(part, of)
            case ast.Subscript(value=ast.Name(id=name)):
                self.store(name, self.kinds(target), kinds)
            case ast.Subscript(value=ast.Subscript(value=ast.Name(id=name))) if self.is_given(name):
                self.store(name, self.kinds(target), kinds)
            case _:
                raise Unsupported(f"an assignment to {ast.unparse(target)}")

    def is_given(self, name: str) -> bool:
        """An array, or a list that is one to machine code."""
        kinds = self.found.variables.get(name, frozenset())
        return all(isinstance(kind, Array) or (isinstance(kind, Items) and kind.given) for kind in kinds)

    def merge(self, old: Kinds, new: Kinds) -> Kinds:
        """Lists that differ in what they are known to hold are one list that holds both."""
        lists = [kind for kind in old | new if isinstance(kind, Items)]
        if len(lists) < 2 or len({kind.given for kind in lists}) > 1 or len(lists) != len(old | new):
            return old | new
        inside: Kinds = frozenset[Any]()
        for kind in lists:
            inside = self.merge(inside, kind.of)
        return frozenset({Items(inside, lists[0].given)})

    def store(self, name: str, held: Kinds, value: Kinds) -> None:
        self.found.changed.add(name)
        container = only(self.found.variables.get(name, frozenset()))
        if isinstance(container, Parts) or not held <= SCALARS or not value <= SCALARS:
            raise Unsupported(f"an assignment to a part of {name} that is no number")
        if isinstance(container, Array):
            allowed = {"float64": NUMBERS, "int64": INTEGERS, "bool": BOOLEANS}[container.dtype]
            if not value <= allowed:
                raise Unsupported(f"a store of {' or '.join(map(str, value))} into {describe(container)}")
        elif isinstance(container, Items) and container.given and not value <= held:
            raise Unsupported(f"a store of {' or '.join(map(str, value))} into a list of {' or '.join(map(str, held))}")
        elif isinstance(container, Items) and not container.given:
            self.found.variables[name] = frozenset({Items(container.of | value)})
            if self.last and len(container.of) > 1:
                raise Unsupported("a list of values of several types")

    def element(self, source: ast.expr) -> Kinds:
        """What a `for` over it gives."""
        if isinstance(source, ast.Call) and isinstance(source.func, ast.Name) and source.func.id in self.names:
            called = self.names[source.func.id]
            if called is range and source.args and not source.keywords:
                if any(not self.kinds(argument) <= INTEGERS for argument in source.args):
                    raise Unsupported("range of something else than integers")
                return frozenset({INT})
            if called is enumerate and len(source.args) == 1 and not source.keywords:
                return frozenset({Parts((frozenset({INT}), self.element(source.args[0])))})
            if called is zip and source.args and not source.keywords:
                return frozenset({Parts(tuple(self.element(argument) for argument in source.args))})
        kinds = self.kinds(source)
        return self.inside(kinds) if kinds else kinds
