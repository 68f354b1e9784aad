"""What compilers of numeric functions share: each way of being called is analysed, and lists are arrays to its code."""

import ast
from abc import abstractmethod
from collections import Counter
from collections.abc import Callable
from typing import Any

from runtime.compiler.abstract.analyse import analyse
from runtime.compiler.abstract.analysis import Analysis
from runtime.compiler.backends.compiler import Compiler
from runtime.compiler.backends.conversions import rebuild_for
from runtime.compiler.backends.variant import Variant
from runtime.compiler.kinds import Kinds, Unsupported, kind_from
from runtime.compiler.profile import CallTypes
from runtime.compiler.source import Source

MOST_VARIANTS = 3


class NumericCompiler(Compiler):
    """A subclass turns an analysis into code."""

    @abstractmethod
    def code(self, analysis: Analysis) -> Callable[..., Any]:
        """Machine code, or the cache's. Raises `Unsupported` and `NotCompiled`."""

    def variants(self, source: Source, types: list[CallTypes]) -> list[Variant]:
        return [self._variant(analysis) for analysis in analyses_of(source, types)]

    def _variant(self, analysis: Analysis) -> Variant:
        changed = frozenset(analysis.changed & set(analysis.source.arguments))
        extra = "0" if analysis.recursive else ""
        rebuild = rebuild_for(analysis.returns)
        helpers = tuple(helper.source for helper in analysis.helpers.values())
        return Variant(
            self.code(analysis), analysis.arguments, changed, rebuild, extra, lists_as_arrays=True, helpers=helpers
        )


def analyses_of(source: Source, types: list[CallTypes]) -> list[Analysis]:
    """One for each way in which it was called that machine code can take. Raises `Unsupported` when there is none."""
    found: dict[tuple[Kinds, ...], Analysis] = {}
    reasons = [Unsupported("no types of its arguments are known")]
    for call in sorted(types, key=lambda call: -call.count):
        try:
            kinds = tuple(frozenset({kind_from(name)}) for name in call.arg_types)
            if kinds not in found and len(found) < MOST_VARIANTS:
                analysis = analyse(source, kinds)
                check_writes_seen(analysis)
                found[kinds] = analysis
        except Unsupported as fault:
            reasons.insert(0, fault)
    if not found:
        raise reasons[0]
    return list(found.values())


def check_writes_seen(analysis: Analysis) -> None:
    """Raises `Unsupported` when an argument may be written to under another name: that could not be undone."""
    arguments, name = set(analysis.source.arguments), analysis.source.node.name
    bound: Counter[str] = Counter()
    made: Counter[str] = Counter()
    for node in ast.walk(analysis.source.node):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            bound[node.id] += 1
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call | ast.List | ast.BinOp):
            made.update(target.id for target in node.targets if isinstance(target, ast.Name))
    for changed in sorted(analysis.changed):
        if changed in arguments and bound[changed]:
            raise Unsupported(f"{name} writes to {changed} and binds it anew")
        if changed not in arguments and bound[changed] != made[changed]:
            raise Unsupported(f"{name} writes to something by the name {changed} that may be an argument's")
