"""Which operations of a function can't overflow, which indices are inside: its integers, followed in order.

At the head of a loop no more is known of what the loop changes than what holds everywhere. What holds everywhere is
everything that is assigned; it is found in rounds, each from what the one before had proven, the first from nothing.
That a variable is never negative is supposed, and believed if then all that is assigned to it is not.
"""

import ast
from collections import Counter

from runtime.compiler.abstract import ranges
from runtime.compiler.abstract.analysis import Analysis
from runtime.compiler.abstract.facts import Facts
from runtime.compiler.abstract.integers import Integers, State
from runtime.compiler.abstract.ranges import ANY, Range
from runtime.compiler.abstract.stores import leaves, rank_of, step_of, stored_in, stored_in_loops
from runtime.compiler.kinds import Array

ROUNDS = 3
STARTS_WITHIN, STAYS_WITHIN = 2**61, 2**62
"""Of a variable that is counted by little at a time: it would take years to come so far."""


def facts_of(analysis: Analysis) -> Facts:
    """What is proven of the places in the function's syntax tree."""
    return followed(analysis, {}).facts


def followed(analysis: Analysis, given: State) -> Integers:
    """All that is known of its integers; `given`: what is known of arguments that nothing changes."""
    body = analysis.source.node.body
    once = {name for name, count in Counter(stored_in(body)).items() if count == 1}
    once -= {*stored_in_loops(body), *analysis.source.arguments}

    def walked(base: State) -> _Walk:
        walk = _Walk(analysis, base, once)
        walk.block(body, {name: walk.first(name, given.get(name, ANY)) for name in analysis.source.arguments})
        return walk

    walk = walked({})
    for _ in range(ROUNDS - 1):
        walk = walked({name: walk.settled(name) for name in walk.stored})
    hoped = {name: ranges.meet(walk.settled(name), Range(low=0)) for name in walk.stored - walk.arguments}
    while hoped:
        trial = walked({name: walk.settled(name) for name in walk.stored} | hoped)
        failed = {name for name in hoped if trial.settled(name).low < 0}
        if not failed:
            return trial.integers
        hoped = {name: found for name, found in hoped.items() if name not in failed}
    return walk.integers


class _Walk:
    """One round."""

    def __init__(self, analysis: Analysis, base: State, once: set[str]) -> None:
        self.analysis, self.base, self.once = analysis, base, once
        self.arguments = set(analysis.source.arguments)
        self.stored = set(stored_in(analysis.source.node.body))
        self.integers = Integers(analysis, base, self.given_sizes())
        self.assigned: State = {}
        self.steps: dict[str, list[int]] = {}

    def given_sizes(self) -> dict[str, Range]:
        """Of arrays and lists that are arguments, under names that stay theirs."""
        names = self.arguments - self.stored
        kinds = {name: kind for name in names for kind in self.analysis.variables.get(name, ())}
        ranks = {name: rank_of(kind) for name, kind in kinds.items()}
        axes = [(f"{name}.{axis}", rank) for name, rank in ranks.items() for axis in range(rank)]
        return {symbol: ranges.length(symbol, rank) for symbol, rank in axes}

    def first(self, name: str, given: Range) -> Range:
        """An argument as it comes in."""
        return ANY if name in self.stored else ranges.meet(given, ranges.symbol(name))

    def settled(self, name: str) -> Range:
        """What holds of the variable wherever it is."""
        found, steps = self.assigned.get(name, ANY), self.steps.get(name, [])
        if name in self.arguments:
            return ANY
        if not steps:
            return found
        if found.low < -STARTS_WITHIN or found.high > STARTS_WITHIN:
            return ANY
        low = found.low if min(steps) >= 0 else -STAYS_WITHIN
        return Range(low, found.high, found.below) if max(steps) <= 0 else Range(low, STAYS_WITHIN)

    def everywhere(self, name: str) -> Range:
        return self.base.get(name, ANY)

    def block(self, body: list[ast.stmt], state: State) -> None:
        """Follow the statements; `state` is then what is known behind them, where one comes there."""
        for statement in body:
            self.statement(statement, state)

    def statement(self, node: ast.stmt, state: State) -> None:
        read = self.integers.read
        match node:
            case ast.For(target=target, iter=source, body=body):
                element = self.integers.element(source, state)
                inner = self.at_head(node, state)
                self.assign_all(target, element, inner)
                self.block(body, inner)
                self.forget(node, state)
            case ast.While(test=test, body=body):
                inner = self.at_head(node, state)
                read(test, inner)
                self.block(body, self.integers.known_when(test, True, inner))
                self.forget(node, state)
            case ast.If(test=test, body=body, orelse=orelse):
                read(test, state)
                ends = []
                for branch, holds in ((body, True), (orelse, False)):
                    after = self.integers.known_when(test, holds, state)
                    self.block(branch, after)
                    ends += [after] if not branch or not leaves(branch[-1]) else []
                self.merge(ends, state)
            case ast.AugAssign(target=target, op=op, value=value):
                by = read(value, state)
                found = self.integers.operation(node, op, read(target, state), by)
                self.assign(target, found, state, step_of(op, by))
            case ast.Assign(targets=targets, value=value):
                self.assign_value(targets, value, state)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                self.assign_value([target], value, state)
            case ast.Assert(test=test):
                read(test, state)
                state |= self.integers.known_when(test, True, state)
            case ast.Return(value=ast.expr() as value) | ast.Expr(value=value):
                read(value, state)

    def at_head(self, node: ast.stmt, state: State) -> State:
        """What is known whenever the loop's body begins, or its test."""
        inner = dict(state)
        self.forget(node, inner)
        return inner

    def forget(self, node: ast.stmt, state: State) -> None:
        """Of what the statement stores no more is known than everywhere."""
        for name in set(stored_in([node])):
            state[name] = self.everywhere(name)

    def merge(self, ends: list[State], state: State) -> None:
        """What holds at the end of all branches that come to theirs."""
        for name in {name for end in ends for name in end}:
            found = [end.get(name, self.everywhere(name)) for end in ends]
            merged = found[0]
            for other in found[1:]:
                merged = ranges.join(merged, other)
            state[name] = merged

    def assign_value(self, targets: list[ast.expr], value: ast.expr, state: State) -> None:
        whole = self.integers.read(value, state)
        parts = [self.integers.read(part, state) for part in value.elts] if isinstance(value, ast.Tuple) else [whole]
        step = self.counted(targets, value, state)
        for target in targets:
            if isinstance(target, ast.Name):
                self.assign(target, whole, state, step)
                self.make(target.id, value, state)
            else:
                self.assign_all(target, parts, state)

    def counted(self, targets: list[ast.expr], value: ast.expr, state: State) -> int | None:
        """By how much `x = x + 1` counts."""
        match targets, value:
            case [ast.Name(id=name)], ast.BinOp(left=ast.Name(id=same), op=op, right=right) if name == same:
                return step_of(op, self.integers.read(right, state))
        return None

    def assign_all(self, target: ast.expr, values: list[Range], state: State) -> None:
        """To one variable or to the parts of a tuple; nothing is known of what has no range of its own."""
        if not isinstance(target, ast.Tuple | ast.List):
            self.assign(target, values[0] if len(values) == 1 else ANY, state)
            return
        given = values if len(values) == len(target.elts) else [ANY] * len(target.elts)
        for part, value in zip(target.elts, given, strict=True):
            self.assign_all(part, [value], state)

    def assign(self, target: ast.expr, value: Range, state: State, step: int | None = None) -> None:
        if not isinstance(target, ast.Name):
            self.integers.read(target, state)
            return
        name = target.id
        if name in self.once and value.exact is None:
            value = ranges.meet(value, ranges.symbol(name))
        if step is None:
            self.assigned[name] = ranges.join(self.assigned[name], value) if name in self.assigned else value
        else:
            self.steps.setdefault(name, []).append(step)
        state[name] = ranges.meet(value, self.everywhere(name)) if step is not None else value

    def make(self, name: str, value: ast.expr, state: State) -> None:
        """The sizes of an array that the function makes, under a name that stays its own."""
        kinds = self.analysis.variables.get(name, frozenset())
        own = name in self.once and all(isinstance(kind, Array) for kind in kinds)
        if not own or not isinstance(value, ast.Call):
            return
        shape = value.args[0].elts if isinstance(value.args[0], ast.Tuple) else value.args[:1]
        for axis, size in enumerate(shape):
            symbol = f"{name}.{axis}"
            length = ranges.length(symbol, len(shape))
            found = self.integers.read(size, state)
            kept = ranges.meet(found, Range(length.low, length.high))
            self.integers.sizes[symbol] = kept if found.exact else ranges.meet(kept, length)
