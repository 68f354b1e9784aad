"""What a program does of a paper's criteria, in sentences for `metadata["reasons"]`."""

from collections.abc import Sequence

from tools.papers.brief import Criterion, CriterionVerdict

LONGEST_TEXT = 90
MOST_NAMED = 12


def criteria_reasons(criteria: Sequence[Criterion], verdicts: Sequence[CriterionVerdict]) -> list[str]:
    """How many criteria are met, and which parts of the paper are not implemented; nothing for a paper without any."""
    if not criteria:
        return []
    texts = {one.id: one.text for one in criteria}
    met, partly, missing = ([one for one in verdicts if one.verdict == verdict] for verdict in ("met", "partly", "not"))
    reasons = [
        f"it stands in for the paper's method: of its {len(criteria)} criteria, {len(met)} are met and {len(partly)} "
        "in part, as far as rules can tell"
    ]
    for how, some in (("implemented in part", partly), ("not implemented", missing)):
        if some:
            named = [f"{one.id} {_short(texts[one.id])} ({one.note})" for one in some[:MOST_NAMED]]
            more = f"; and {len(some) - MOST_NAMED} more" if len(some) > MOST_NAMED else ""
            reasons.append(f"{how}: {'; '.join(named)}{more}")
    return reasons


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= LONGEST_TEXT else plain[:LONGEST_TEXT].rpartition(" ")[0] + " …"
