"""What a reviewer's verdicts on a paper's criteria mean for a run. Pure functions over plain values."""

import difflib
from collections.abc import Mapping, Sequence

from tools.papers.brief import Criterion, CriterionVerdict

MOST_REASONS = 12
"""Unmet criteria that the coder is told of at once."""
PARTLY = 0.5
Verdicts = Sequence[CriterionVerdict]


def worth(verdicts: Verdicts) -> float:
    """How many criteria are met, half of those that are met in part."""
    return sum({"met": 1.0, "partly": PARTLY}.get(one.verdict, 0.0) for one in verdicts)


def count_met(verdicts: Verdicts) -> int:
    return sum(one.verdict == "met" for one in verdicts)


def unmet(criteria: Sequence[Criterion], verdicts: Verdicts, before: Verdicts) -> list[str]:
    """Why the coder is asked again: what is not met, and what was found to be met in part for the first time.

    `before` are the verdicts on the code before this one. What nobody has judged is no reason.
    """
    texts = {one.id: one.text for one in criteria}
    known = {one.id for one in before if one.verdict == "partly"}
    reasons = []
    for one in verdicts:
        again = one.verdict == "partly" and one.id in known
        if one.verdict == "met" or not one.judged or again or one.id not in texts:
            continue
        how = "is not met" if one.verdict == "not" else "is met only in part"
        reasons.append(f"criterion {one.id} {how}{f' ({one.note})' if one.note else ''}: {texts[one.id]}")
    return reasons[:MOST_REASONS]


def moved(verdicts: Verdicts, before: str, after: str) -> list[CriterionVerdict]:
    """The verdicts with their lines where that code stands after a correction; lines that are gone are left out."""
    if before == after:
        return list(verdicts)
    place: dict[int, int] = {}
    matcher = difflib.SequenceMatcher(None, before.split("\n"), after.split("\n"), autojunk=False)
    for block in matcher.get_matching_blocks():
        place |= {block.a + at + 1: block.b + at + 1 for at in range(block.size)}
    return [one.model_copy(update={"lines": [place[line] for line in one.lines if line in place]}) for one in verdicts]


def unmet_sentence(criteria: Sequence[Criterion], verdicts: Verdicts) -> str:
    """One sentence for a reader on what the code does not do, and what nobody has judged; empty when all is met."""
    texts = {one.id: _short(one.text) for one in criteria}
    parts = [
        ("not met", [one for one in verdicts if one.judged and one.verdict == "not"]),
        ("met in part", [one for one in verdicts if one.judged and one.verdict == "partly"]),
        ("not judged", [one for one in verdicts if not one.judged]),
    ]
    left = [f"{how}: {_named(some, texts)}" for how, some in parts if some]
    met = f"The code meets {count_met(verdicts)} of the paper's {len(verdicts)} criteria"
    return f"{met}; {'; '.join(left)}" if left else ""


def _named(verdicts: Verdicts, texts: Mapping[str, str]) -> str:
    return ", ".join(f"{one.id} {texts.get(one.id, '')}".rstrip() for one in verdicts)


def _short(text: str, longest: int = 120) -> str:
    plain = " ".join(text.split()).rstrip(".")
    return plain if len(plain) <= longest else plain[:longest].rpartition(" ")[0] + " …"
