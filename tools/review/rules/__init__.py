"""Every rule of the reviewer, one tuple per family."""

from tools.review.rule import Rule
from tools.review.rules import (
    contract,
    cuda,
    host,
    imports,
    leakage,
    numerics,
    placement,
    security,
    shapes,
    steps,
    text,
    training,
    tuned,
)

_FAMILIES = (
    steps,
    host,
    placement,
    shapes,
    cuda,
    contract,
    tuned,
    leakage,
    training,
    numerics,
    security,
    imports,
    text,
)
RULES: tuple[Rule, ...] = tuple(sorted((r for family in _FAMILIES for r in family.RULES), key=lambda r: r.id))
BY_ID: dict[str, Rule] = {r.id: r for r in RULES}
