"""What all readers of a syntax tree share: the function, the names that it sees, and what containers hold."""

import ast
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from runtime.compiler.abstract.analysis import Analysis
from runtime.compiler.kinds import DTYPES, Array, Items, Kinds, Unsupported, describe, only
from runtime.compiler.source import Source

Analyse = Callable[[Source, tuple[Kinds, ...]], Analysis]


class Reader(ABC):
    """Reads one function, again and again until its kinds settle; `analyse` reads what it calls."""

    def __init__(self, analysis: Analysis, analyse: Analyse) -> None:
        self.found, self.names, self.analyse, self.last = analysis, analysis.source.names, analyse, False

    @abstractmethod
    def kinds(self, node: ast.expr) -> Kinds:
        """What the expression may be; remembered for those that write the program anew."""

    def inside(self, kinds: Kinds) -> Kinds:
        container = only(kinds)
        if isinstance(container, Items):
            return container.of
        if isinstance(container, Array):
            smaller: Any = Array(container.dtype, container.rank - 1) if container.rank > 1 else DTYPES[container.dtype]
            return frozenset({smaller})
        raise Unsupported(f"an element of {describe(container)}")

    def same(self, sides: list[Kinds]) -> Kinds:
        found: Kinds = frozenset[Any]().union(*sides)
        if self.last and len(found) > 1:
            raise Unsupported(f"a choice between {' and '.join(sorted(map(describe, found)))}")
        return found
