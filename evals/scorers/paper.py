"""What a run on a paper is worth: what any run is, the paper's criteria, and what was cited."""

from typing import Any

from evals.contracts import Case
from evals.scorers import whole_run
from evals.scorers.whole_run import alarms, record_of


def criteria_met(_case: Case, output: dict[str, Any]) -> float | None:
    """Share of the brief's criteria that the reviewer found met; in part counts half, not judged counts none."""
    record = record_of(output)
    if record.brief is None or not record.brief.criteria:
        return None
    worth = {"met": 1.0, "partly": 0.5, "not": 0.0}
    return sum(worth[verdict.verdict] for verdict in record.criteria if verdict.judged) / len(record.brief.criteria)


def enough_criteria(case: Case, output: dict[str, Any]) -> float | None:
    """The share of criteria met is at least `expected.criteria`."""
    if "criteria" not in case.expected:
        return None
    return float((criteria_met(case, output) or 0.0) >= float(case.expected["criteria"]))


def paper_read(_case: Case, output: dict[str, Any]) -> float | None:
    """Share of the paper's text that reached the brief."""
    brief = record_of(output).brief
    return brief.coverage if brief else 0.0


def quotations_real(_case: Case, output: dict[str, Any]) -> float | None:
    """Share of the statements taken from the paper whose quotation stands in it."""
    brief = record_of(output).brief
    if brief is None:
        return None
    kept = len(brief.criteria) + len(brief.hyperparameters)
    return kept / (kept + brief.dropped_quotations) if kept + brief.dropped_quotations else None


__all__ = ["FIGURES", "SCORERS", "alarms"]
REQUIRED = ("success", "reached", "enough_criteria")
FIGURES = (criteria_met, paper_read, quotations_real, *whole_run.FIGURES)
SCORERS = (whole_run.success, criteria_met, enough_criteria, paper_read, quotations_real, *whole_run.SCORERS[1:])
