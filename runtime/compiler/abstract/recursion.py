"""A recursion that counts down and adds up: so short, and of so small numbers, that nothing has to be checked in it.

What it gives is a sum of as many small numbers as it made calls; to overflow it would need years, as Python would.
"""

import ast
from dataclasses import dataclass

from runtime.compiler.abstract.analysis import Analysis
from runtime.compiler.abstract.bounds import followed
from runtime.compiler.abstract.facts import Fact, Facts
from runtime.compiler.abstract.integers import Integers
from runtime.compiler.abstract.ranges import Range
from runtime.compiler.kinds import INTEGERS

DEEPEST = 400
SMALL = 1024


@dataclass(frozen=True)
class Countdown:
    """`argument` is smaller at each call, and may be so much at the first; `facts` hold for every call then."""

    argument: str
    most: int
    facts: Facts


def countdown_of(analysis: Analysis) -> Countdown | None:
    """None where it is not proven."""
    source = analysis.source
    sums = [node.value for node in ast.walk(source.node) if isinstance(node, ast.Return) and node.value is not None]
    leaves = [leaf for value in sums for leaf in _leaves(value)]
    calls = [node for node in ast.walk(source.node) if _is_self_call(node, analysis)]
    if not calls or not analysis.returns <= INTEGERS or any(call not in leaves for call in calls):
        return None
    for place, name in enumerate(source.arguments):
        least = _least(followed(analysis, {}), calls, place, name)
        if least is None:
            continue
        most = DEEPEST + least
        every = followed(analysis, {name: Range(high=most)})
        deeper = followed(analysis, _given(every, calls, source.arguments))
        if all(_is_small(value, calls, every, deeper) for value in sums):
            for value in sums:
                _sum_fits(value, every.facts)
            return Countdown(name, most, every.facts)
    return None


def _leaves(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        return [*_leaves(node.left), *_leaves(node.right)]
    return [node]


def _is_self_call(node: ast.AST, analysis: Analysis) -> bool:
    named = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    return named and analysis.source.names.get(node.func.id) is analysis.source.function  # type: ignore[attr-defined]


def _least(found: Integers, calls: list[ast.AST], place: int, name: str) -> int | None:
    """How small the argument is at a call at least, when each makes it smaller."""
    given = [found.known.get(call.args[place]) for call in calls if isinstance(call, ast.Call)]
    if any(one is None or one.below.get(name, 0) > -1 or one.low < -SMALL for one in given):
        return None
    return min(one.low for one in given if one is not None)


def _given(found: Integers, calls: list[ast.AST], arguments: list[str]) -> dict[str, Range]:
    """The arguments of all calls but the first."""
    joined: dict[str, Range] = {}
    for place, name in enumerate(arguments):
        at = [found.known[call.args[place]] for call in calls if isinstance(call, ast.Call)]
        joined[name] = Range(min(one.low for one in at), max(one.high for one in at))
    return joined


def _is_small(value: ast.expr, calls: list[ast.AST], every: Integers, deeper: Integers) -> bool:
    """Whether what is returned is a sum of calls and small numbers, or a small one itself where it is not the first."""
    leaves = _leaves(value)
    is_sum = any(leaf in calls for leaf in leaves)
    known = every.known if is_sum else deeper.known
    checked = [leaf for leaf in leaves if leaf not in calls] if is_sum else [value]
    return all(known[leaf].low >= -SMALL and known[leaf].high <= SMALL for leaf in checked)


def _sum_fits(value: ast.expr, facts: Facts) -> None:
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add | ast.Sub):
        facts.found[Fact.FITS, value] = True
        _sum_fits(value.left, facts)
        _sum_fits(value.right, facts)
