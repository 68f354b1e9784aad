"""Mending what can be mended without changing what the code means."""

import ast
from dataclasses import dataclass

from libcst import CSTValidationError, ParserSyntaxError

from runtime.python_source import parse_module
from runtime.search_space import SearchSpace
from runtime.task import Target
from tools.review.edits import Around, Delete, Edit, Import, Replace, Text, apply
from tools.review.engine import BYTE_ORDER_MARK, find
from tools.review.finding import Finding

MAX_ROUNDS = 12
"""One mended fault can uncover another; text that still changes after this many rounds is left as it is."""


@dataclass(frozen=True)
class Fixed:
    """The mended text, the ids of the rules that were applied (one per mend), and what is still found."""

    source: str
    applied: list[str]
    remaining: list[Finding]


def fix_code(
    source: str,
    target: Target = "xla",
    space: SearchSpace | None = None,
    constraints: list[str] | None = None,
    only: frozenset[str] | None = None,
    also: frozenset[str] = frozenset(),
) -> Fixed:
    """Apply the safe fixes until none is left; fixing what was fixed changes nothing. `only` limits the
    rules that mend, and `also` names optional rules to ask."""
    source = source.removeprefix(BYTE_ORDER_MARK)
    applied: list[str] = []
    refused: set[tuple[str, str]] = set()
    found = find(source, target, space, constraints, also)
    for _ in range(MAX_ROUNDS):
        offers = [
            (f, e) for f, e in found if e and (only is None or f.rule in only) and (f.rule, f.message) not in refused
        ]
        if not offers:
            break
        chosen = _compatible(offers)
        changed = _attempt(source, [edit for _, edits in chosen for edit in edits])
        if changed is None or changed == source:
            refused |= {(finding.rule, finding.message) for finding, _ in chosen}
            continue
        source = changed
        applied += [finding.rule for finding, _ in chosen]
        found = find(source, target, space, constraints, also)
    return Fixed(source, applied, [finding for finding, _ in found])


def _compatible(offers: list[tuple[Finding, tuple[Edit, ...]]]) -> list[tuple[Finding, tuple[Edit, ...]]]:
    """Offers whose edits touch different code; the others wait for the next round."""
    chosen: list[tuple[Finding, tuple[Edit, ...]]] = []
    touched: set[ast.AST] = set()
    for finding, edits in offers:
        if any(isinstance(edit, Text) for edit in edits):
            if not chosen:
                return [(finding, edits)]
            continue
        nodes = {node for edit in edits for node in _touched(edit)}
        if not nodes & touched:
            chosen.append((finding, edits))
            touched |= nodes
    return chosen


def _touched(edit: Edit) -> set[ast.AST]:
    if isinstance(edit, Import | Text):
        return set()
    if isinstance(edit, Replace | Around | Delete):
        return set(ast.walk(edit.node))
    return {edit.node}


def _attempt(source: str, edits: list[Edit]) -> str | None:
    """The changed text, or None when it could not be; changed text parses, unless it only lost its fences."""
    try:
        changed = apply(source, edits)
        if not any(isinstance(edit, Text) for edit in edits):
            parse_module(changed)
    except (ParserSyntaxError, CSTValidationError, SyntaxError, ValueError):
        return None
    return changed
