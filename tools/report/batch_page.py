"""`summary.json` and `summary.html` of a batch of papers, with the seed's six pictures."""

from dataclasses import dataclass

from tools.report.batch_pictures import components, flow, timeline
from tools.report.batch_statistics import STAGE_GROUPS, BatchSummary, Count, summarise
from tools.report.page import CONTROLS, templates
from tools.report.wording import duration
from tools.results.batch import BatchFolder, BatchRecord
from tools.results.record import RunRecord
from tools.results.writing import write_atomically


@dataclass(frozen=True)
class Bar:
    """One bar of a distribution; `share` is its length in percent."""

    name: str
    value: int
    share: float
    kind: str = ""


def write_summary(folder: BatchFolder, batch: BatchRecord, runs: dict[str, RunRecord]) -> BatchSummary:
    """Write both files at any moment of a batch. Raises `DiskFull`."""
    summary = summarise(batch, runs)
    lanes, height = timeline(summary)
    nodes, arrows = components(summary)
    page = (
        templates()
        .get_template("batch.html.j2")
        .render(
            batch=summary,
            figures=_figures(summary),
            flow=flow(summary),
            nodes=nodes,
            arrows=arrows,
            steps=list(STAGE_GROUPS),
            lanes=lanes,
            timeline_height=height,
            distributions=_distributions(summary),
        )
    )
    write_atomically(folder.summary, (summary.model_dump_json(indent=1) + "\n").encode())
    write_atomically(folder.page, page.translate(CONTROLS).encode("utf-8", "replace"))
    return summary


def _figures(summary: BatchSummary) -> list[tuple[str, str]]:
    return [
        (str(summary.papers), "papers"),
        (f"{summary.success_rate:.0%}", "succeeded, with evidence on disk"),
        (f"{summary.generation_success_rate:.0%}", "got code"),
        (f"{summary.execution_success_rate:.0%}", "of that code ran to its end"),
        (duration(summary.mean_total_seconds), "a paper on average"),
        (duration(summary.mean_model_seconds), "of it in calls of models"),
        (duration(summary.mean_generation_seconds), "to generate code"),
        (duration(summary.mean_review_seconds), "to review it"),
        (f"{summary.mean_fixes:.1f}", "fixes a paper"),
        (f"{summary.fix_success_rate:.0%}", "of mended programs ran"),
    ]


def _distributions(summary: BatchSummary) -> list[tuple[str, str, list[Bar]]]:
    reached = [
        Count(name="code generated", count=summary.generated),
        Count(name="code ran to its end", count=summary.executed),
        Count(name="SUCCESS with evidence", count=summary.succeeded),
    ]
    missed = [entry for entry in summary.outcomes if entry.name != "SUCCESS"]
    rates = _bars(reached, summary.papers) + _bars(missed, summary.papers, "other")
    return [
        ("Success rate", "Of all papers; below the first three, how the others ended.", rates),
        ("Issue distribution", "The most common issues that reviews found in the code.", _bars(summary.common_issues)),
        ("Dataset distribution", "Which dataset was recommended for each paper.", _bars(summary.recommended)),
        ("Execution errors", "The most common failures that the debugger was given.", _bars(summary.common_failures)),
    ]


def _bars(counts: list[Count], most: int | None = None, kind: str = "") -> list[Bar]:
    most = most or max((entry.count for entry in counts), default=1)
    return [Bar(entry.name, entry.count, round(100 * entry.count / most, 1), kind) for entry in counts]
