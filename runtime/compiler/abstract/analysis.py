"""What is known of a numeric function for arguments of given kinds."""

import ast
from dataclasses import dataclass, field

from runtime.compiler.kinds import Kinds
from runtime.compiler.source import Source


@dataclass
class Analysis:
    """What is known of one function for arguments of given kinds."""

    source: Source
    arguments: tuple[Kinds, ...]
    variables: dict[str, Kinds] = field(default_factory=dict)
    expressions: dict[ast.AST, Kinds] = field(default_factory=dict)
    returns: Kinds = frozenset()
    changed: set[str] = field(default_factory=set)
    """Variables that hold an array or list which is written to."""
    helpers: dict[str, "Analysis"] = field(default_factory=dict)
    recursive: bool = False

    @property
    def mixed(self) -> set[str]:
        """Variables whose Python type depends on what happens at run time."""
        return {name for name, kinds in self.variables.items() if len(kinds) > 1}
