"""What was proven of places in a function: it has to hold each time that the place is looked at."""

import ast
from dataclasses import dataclass, field
from enum import Enum


class Fact(Enum):
    """Of an operation, an index or a loop's limit."""

    FITS = "the operation gives a 64-bit integer, and divides by no zero"
    INSIDE = "the index is one of an element, counted from the front"
    COUNTS_FROM_FRONT = "the index is not negative"
    NEAR = "a loop to this limit can't overflow"


@dataclass
class Facts:
    """Nothing is proven of what was never looked at."""

    found: dict[tuple[Fact, ast.AST], bool] = field(default_factory=dict)

    def add(self, fact: Fact, node: ast.AST, holds: bool) -> None:
        self.found[fact, node] = holds and self.found.get((fact, node), True)

    def hold(self, fact: Fact, node: ast.AST) -> bool:
        return self.found.get((fact, node), False)
