"""Every rule of the reviewer, one tuple per family."""

from tools.review.rule import Rule
from tools.review.rules import (
    batches,
    batching,
    contract,
    creation,
    cuda,
    gradients,
    graphs,
    host,
    imports,
    leakage,
    members,
    modes,
    networks,
    numerics,
    placement,
    security,
    shapes,
    steps,
    system,
    text,
    training,
    tuned,
)

_FAMILIES = (
    batches,
    batching,
    contract,
    creation,
    cuda,
    gradients,
    graphs,
    host,
    imports,
    leakage,
    members,
    modes,
    networks,
    numerics,
    placement,
    security,
    shapes,
    steps,
    system,
    text,
    training,
    tuned,
)
RULES: tuple[Rule, ...] = tuple(sorted((r for family in _FAMILIES for r in family.RULES), key=lambda r: r.id))
BY_ID: dict[str, Rule] = {r.id: r for r in RULES}
