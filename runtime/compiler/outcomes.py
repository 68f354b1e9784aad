"""What was measured of functions under every strategy: the table that the strategy agent learns from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from runtime.compiler.strategy import CodeCharacteristics, CompilationStrategy
from runtime.errors import InputError

VERSION: Literal[1] = 1


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Outcome(_Part):
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


class MeasuredFunction(_Part):
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


class Table(_Part):
    """Functions measured on one machine."""

    version: Literal[1] = VERSION
    machine: str
    functions: list[MeasuredFunction]

    def save(self, path: Path) -> None:
        """Write it as JSON, a line a function."""
        lines = ",\n".join(json.dumps(function.model_dump(mode="json")) for function in self.functions)
        path.write_text(
            f'{{"version": {VERSION}, "machine": {json.dumps(self.machine)}, "functions": [\n{lines}\n]}}\n'
        )

    @classmethod
    def load(cls, path: Path) -> Table:
        """Raises `InputError` when it is no such table."""
        try:
            return cls.model_validate_json(path.read_text())
        except (OSError, UnicodeDecodeError, ValidationError) as fault:
            reason = str(fault).splitlines()[0]
            raise InputError(f"{path} is no table of measured strategies (version {VERSION}): {reason}") from fault
