"""What a debugger's work is worth."""

from typing import Any

from evals.contracts import Case

Output = dict[str, Any]
MOST = 0.5
"""Share of a program's lines; with fewer it was replaced, not repaired."""


def repaired(_case: Case, output: Output) -> float:
    """It works, fits and learns; or the debugger stopped, with the right cause, where nothing can help."""
    return float(output["repaired"])


def repaired_tuned(case: Case, output: Output) -> float | None:
    """The same, of the programs that repairs were written with."""
    return repaired(case, output) if output["part"] == "tuned" else None


def repaired_held_out(case: Case, output: Output) -> float | None:
    """The same, of the programs that nobody looked at while repairs were written."""
    return repaired(case, output) if output["part"] == "held_out" else None


def repaired_in_place(case: Case, output: Output) -> float:
    """Repaired, and most of the program is still there."""
    return float(bool(repaired(case, output)) and output["kept"] >= MOST)


def expected_kind(case: Case, output: Output) -> float:
    """The last correction is of a kind that the case expects."""
    return float(bool(output["kinds"]) and output["kinds"][-1] in case.expected["kinds"])


def debug_rounds(_case: Case, output: Output) -> float:
    """Corrections that were made."""
    return float(len(output["kinds"]))


def alarms(case: Case, output: Output) -> list[str]:
    """A program that does not fail as its header says tries nothing."""
    return [] if output["as_described"] else [f"{case.id} does not fail as described: {output['failure']}"]


SCORERS = (repaired, repaired_tuned, repaired_held_out, repaired_in_place, expected_kind, debug_rounds)
