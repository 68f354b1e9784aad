"""What a recommended dataset is worth."""

from typing import Any

from evals.contracts import Case

Output = dict[str, Any]


def right(case: Case, output: Output) -> float:
    """It is one of those that are right for the text."""
    return float(output["recommended"] in case.expected["accept"])


def right_held_out(case: Case, output: Output) -> float | None:
    """The same, of the phrases that nothing was tuned on."""
    return right(case, output) if "held out" in case.tags else None


def right_by_patterns(case: Case, output: Output) -> float:
    """What names and patterns in the text alone would have recommended is right."""
    return float(output["by_patterns"] in case.expected["accept"])


SCORERS = (right, right_held_out, right_by_patterns)
