"""The range of an integer expression, where the ranges of variables are known."""

import ast
from collections.abc import Callable

from runtime.compiler.abstract import ranges
from runtime.compiler.abstract.analysis import Analysis
from runtime.compiler.abstract.facts import Fact, Facts
from runtime.compiler.abstract.ranges import ANY, FARTHEST, Range
from runtime.compiler.kinds import INTEGERS

State = dict[str, Range]
OPERATIONS: dict[type[ast.operator], Callable[[Range, Range], Range]] = {
    ast.Add: ranges.plus, ast.Sub: ranges.minus, ast.Mult: ranges.times,
    ast.FloorDiv: ranges.floor_divided, ast.Mod: ranges.modulo,
}  # fmt: skip

OPPOSITE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.Gt: ast.LtE, ast.LtE: ast.Gt, ast.NotEq: ast.Eq,
}  # fmt: skip


class Integers:
    """Reads expressions, and notes what is proven of them."""

    def __init__(self, analysis: Analysis, base: State, sizes: dict[str, Range]) -> None:
        """`base`: what holds of variables everywhere; `sizes`: of arrays, as `name.axis`."""
        self.analysis, self.names, self.facts = analysis, analysis.source.names, Facts()
        self.base, self.sizes = base, sizes
        self.known: dict[ast.AST, Range] = {}
        """Of every expression, whenever it is read."""

    def is_integer(self, node: ast.AST) -> bool:
        kinds = self.analysis.expressions.get(node, frozenset())
        return bool(kinds) and kinds <= INTEGERS

    def read(self, node: ast.expr, state: State) -> Range:
        """Its range; `ANY` for what is no integer."""
        found = self.expression(node, state) if self.is_integer(node) else self.beside(node, state)
        self.known[node] = ranges.join(self.known[node], found) if node in self.known else found
        return found

    def beside(self, node: ast.expr, state: State) -> Range:
        """Nothing is known of what is no integer; what it is made of is read."""
        self.expression(node, state)
        return ANY

    def expression(self, node: ast.expr, state: State) -> Range:
        match node:
            case ast.Constant(value=int(value)):
                return ranges.just(int(value))
            case ast.Name(id=name):
                return self.variable(name, state)
            case ast.BinOp(left=left, op=op, right=right):
                return self.operation(node, op, self.read(left, state), self.read(right, state))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                found = ranges.negative(self.read(operand, state))
                self.facts.add(Fact.FITS, node, found.fits)
                return found.clipped()
            case ast.BoolOp(op=word, values=sides):
                for side in sides:
                    self.read(side, state)
                    state = self.known_when(side, isinstance(word, ast.And), state)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                self.read(test, state)
                then = self.read(body, self.known_when(test, True, state))
                return ranges.join(then, self.read(orelse, self.known_when(test, False, state)))
            case ast.Call(func=called, args=args):
                return self.call(called, args, [self.read(argument, state) for argument in args])
            case ast.Subscript():
                return self.part(node, state)
            case ast.Compare(left=left, comparators=others):
                for side in (left, *others):
                    self.read(side, state)
            case ast.UnaryOp(operand=operand):
                self.read(operand, state)
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                for part in parts:
                    self.read(part, state)
        return ANY

    def variable(self, name: str, state: State) -> Range:
        if name in self.analysis.variables:
            return state.get(name, self.base.get(name, ANY))
        value = self.names.get(name)
        return ranges.just(value) if type(value) is int else ANY

    def operation(self, node: ast.AST, op: ast.operator, left: Range, right: Range) -> Range:
        compute = OPERATIONS.get(type(op))
        found = compute(left, right) if compute else ANY
        divides = isinstance(op, ast.FloorDiv | ast.Mod)
        self.facts.add(Fact.FITS, node, compute is not None and found.fits and (right.low >= 1 or not divides))
        return found.clipped()

    def call(self, called: ast.expr, args: list[ast.expr], given: list[Range]) -> Range:
        value = self.names.get(called.id) if isinstance(called, ast.Name) else None
        if value is len:
            return self.size(*root_of(args[0]))
        if value is min and len(given) == 2:
            return ranges.at_most(ranges.at_most(ranges.join(*given), given[0]), given[1])
        if value is max and len(given) == 2:
            return ranges.at_least(ranges.at_least(ranges.join(*given), given[0]), given[1])
        if value is int and len(given) == 1 and self.is_integer(args[0]):
            return given[0]
        return ANY

    def size(self, name: str, axis: int) -> Range:
        return self.sizes.get(f"{name}.{axis}", Range(0))

    def part(self, node: ast.Subscript, state: State) -> Range:
        """An element, of which nothing is known, or a size out of a shape."""
        match node:
            case ast.Subscript(value=ast.Attribute(value=ast.Name(id=name)), slice=ast.Constant(value=int(axis))):
                return self.size(name, axis) if axis >= 0 else ANY
        self.read(node.value, state)
        name, axis = root_of(node.value)
        for place, index in enumerate(indices_of(node)):
            found = self.read(index, state)
            self.facts.add(Fact.INSIDE, index, ranges.is_inside(found, self.size(name, axis + place)))
            self.facts.add(Fact.COUNTS_FROM_FRONT, index, found.low >= 0)
        return ANY

    def element(self, source: ast.expr, state: State) -> list[Range]:
        """What a loop over it gives: one range, or one for each part of the tuple."""
        match source:
            case ast.Call(func=ast.Name(id=name), args=args):
                given = [self.read(argument, state) for argument in args]
                if self.names.get(name) is range:
                    for argument, limit in zip(args, given, strict=True):
                        self.facts.add(Fact.NEAR, argument, limit.low >= -FARTHEST and limit.high <= FARTHEST)
                        self.learn(argument, ranges.meet(limit, Range(-FARTHEST, FARTHEST)), state)  # or it is checked
                    return [ranges.from_to(*given)]
                if self.names.get(name) is enumerate:
                    return [ranges.from_to(self.size(*root_of(args[0]))), ANY]
            case _:
                self.read(source, state)
        return [ANY]

    def known_when(self, test: ast.expr, holds: bool, state: State) -> State:
        """The state where the test came out so."""
        match test:
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return self.known_when(operand, not holds, state)
            case ast.BoolOp(op=word, values=values) if isinstance(word, ast.And) is holds:
                for value in values:
                    state = self.known_when(value, holds, state)
                return state
            case ast.Compare(left=left, ops=ops, comparators=others) if holds or len(ops) == 1:
                for one, op, other in zip((left, *others), ops, others, strict=False):
                    state = self.compared(one, op if holds else OPPOSITE.get(type(op), ast.Is)(), other, state)
                return state
        return dict(state)

    def compared(self, one: ast.expr, op: ast.cmpop, other: ast.expr, state: State) -> State:
        """The state where `one op other` is true."""
        state = dict(state)
        if not self.is_integer(one) or not self.is_integer(other):
            return state
        a, b = self.read(one, state), self.read(other, state)
        by = 1 if isinstance(op, ast.Lt | ast.Gt) else 0
        if isinstance(op, ast.Gt | ast.GtE):
            one, other, a, b = other, one, b, a
        if isinstance(op, ast.Lt | ast.LtE | ast.Gt | ast.GtE):
            self.learn(one, ranges.at_most(a, b, -by), state)
            self.learn(other, ranges.at_least(b, a, by), state)
        if isinstance(op, ast.Eq):
            self.learn(one, ranges.meet(a, b), state)
            self.learn(other, ranges.meet(a, b), state)
        return state

    def learn(self, node: ast.expr, found: Range, state: State) -> None:
        if isinstance(node, ast.Name) and node.id in self.analysis.variables:
            state[node.id] = found


def root_of(node: ast.expr) -> tuple[str, int]:
    """The variable that is looked into, and the axis that is left: `a` and 1 of `a[i]`; no name where there is none."""
    match node:
        case ast.Name(id=name):
            return name, 0
        case ast.Subscript(value=value):
            name, axis = root_of(value)
            return name, axis + len(indices_of(node))
    return "", 0


def indices_of(node: ast.Subscript) -> list[ast.expr]:
    return list(node.slice.elts) if isinstance(node.slice, ast.Tuple) else [node.slice]
