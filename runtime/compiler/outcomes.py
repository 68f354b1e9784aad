"""What was measured of functions under every strategy: the table that the strategy agent learns from."""

from __future__ import annotations

from typing import ClassVar

from runtime.compiler.strategy import CodeCharacteristics, CompilationStrategy
from runtime.compiler.versioned import Part, VersionedFile


class Outcome(Part):
    """One function under one strategy, as the pipeline left it."""

    backend: str
    """`python` where the original stayed."""
    compile_s: float
    """Spent, whether or not the result was kept; 0 where every backend refused."""
    speedup: float
    """Of one call, measured in turns with the original; 1 where the original stayed."""
    reason: str = ""
    """Why it stayed."""

    @property
    def kept(self) -> bool:
        """Whether compiled code replaced the original."""
        return self.backend != "python"


class MeasuredFunction(Part):
    """One function of the corpus."""

    name: str
    kind: str
    group: str
    digest: str
    """Of its source: what changed is measured anew."""
    characteristics: CodeCharacteristics
    """`call_frequency` is 1: what is expected of it is set when it is learned from."""
    original_s: float
    """Seconds of one call of the original."""
    outcomes: dict[CompilationStrategy, Outcome]
    """Of all but INTERPRET, which costs nothing and brings nothing."""

    def total_s(self, strategy: CompilationStrategy, calls: int, spent: float = 0.0) -> float:
        """Seconds for so many calls, compiling included; `spent` on what was tried before."""
        outcome = self.outcomes.get(strategy)
        if outcome is None:
            return calls * self.original_s + spent
        return calls * self.original_s / outcome.speedup + outcome.compile_s + spent


class Table(VersionedFile):
    """Functions measured on one machine."""

    what: ClassVar[str] = "table of measured strategies"
    machine: str
    functions: list[MeasuredFunction]
