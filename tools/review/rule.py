"""What a rule is: an id, a reason, two examples and a check."""

import ast
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from runtime.task import Target
from tools.review.edits import Edit
from tools.review.finding import Severity
from tools.review.program import Program

ALL_TARGETS: frozenset[Target] = frozenset({"xla", "cpu", "cuda", "neuron"})
XLA: frozenset[Target] = frozenset({"xla"})
ACCELERATORS: frozenset[Target] = frozenset({"xla", "neuron", "cuda"})
NOT_CUDA: frozenset[Target] = frozenset({"xla", "cpu", "neuron"})


@dataclass(frozen=True)
class Hit:
    """One place where a rule is broken, with the edits that would mend it (none when no edit is safe)."""

    node: ast.AST
    message: str
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True)
class Example:
    """Code that breaks the rule and code that keeps it, for one slot of the scaffold in `examples.py`."""

    slot: str
    bad: str
    good: str
    bo_config: dict[str, dict[str, object]] = field(default_factory=dict)
    constraints: tuple[str, ...] = ()
    good_constraints: tuple[str, ...] = ()


Check = Callable[[Program], Iterable[Hit]]


@dataclass(frozen=True)
class Rule:
    id: str
    title: str
    severity: Severity
    why: str
    example: Example
    check: Check
    targets: frozenset[Target] = ALL_TARGETS
    fixable: bool = False
    optional: bool = False
    """Asked only when it is named: right for some releases, noise for the rest."""

    def hits(self, program: Program) -> Iterator[Hit]:
        seen: set[ast.AST] = set()
        for hit in self.check(program):
            if hit.node not in seen:
                seen.add(hit.node)
                yield hit


def rule(
    id: str,
    title: str,
    severity: Severity,
    *,
    why: str,
    example: Example,
    targets: frozenset[Target] = ALL_TARGETS,
    fixable: bool = False,
    optional: bool = False,
) -> Callable[[Check], Rule]:
    """Make the decorated check (program -> hits) a rule."""

    def make(check: Check) -> Rule:
        return Rule(id, title, severity, why, example, check, targets, fixable, optional)

    return make
