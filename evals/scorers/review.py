"""What a review of a program is worth."""

from typing import Any

from evals.contracts import Case

Output = dict[str, Any]


def told_apart(case: Case, output: Output) -> float:
    """Something is found in a defective program, and nothing in a clean one."""
    return float(bool(output["issues"]) == bool(case.expected["rules"]))


def precision(case: Case, output: Output) -> float | None:
    """Share of the rules found that are expected; None where none is found, or whoever reviews names no rules."""
    found = set(output["rules"] or ())
    return len(found & set(case.expected["rules"])) / len(found) if found else None


def recall(case: Case, output: Output) -> float | None:
    """Share of the expected rules that are found; None where none is expected, or whoever reviews names no rules."""
    expected = set(case.expected["rules"])
    if not expected or output["rules"] is None:
        return None
    return len(set(output["rules"]) & expected) / len(expected)


def recall_held_out(case: Case, output: Output) -> float | None:
    """The same, of the programs that the rules were not tuned on at first."""
    return None if "tuned" in case.tags else recall(case, output)


def errors_mended(_case: Case, output: Output) -> float | None:
    """The rules find fewer errors in the code that comes back; None where there were none, or no code came back."""
    if not output["errors_before"] or output["errors_after"] is None:
        return None
    return float(output["errors_after"] < output["errors_before"])


FIGURES = (precision, recall, recall_held_out)
SCORERS = (told_apart, precision, recall, recall_held_out, errors_mended)
