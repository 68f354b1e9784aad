"""The last thing a run shows: how it ended, on what evidence, and where to read on."""

from pathlib import Path

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from arxla.run_status import clean
from runtime.outcome import Outcome
from tools.report import wording
from tools.report.paper import checklist, dataset_reason, met_sentence, paper_title
from tools.results.record import Evidence, RunRecord

LONGEST_ROW = 160
MOST_SHORTFALLS = 6
"""Criteria that the code does not meet and that are named here; the report has them all."""
WORDS = {"not": "not met", "partly": "in part"}


def show_summary(record: RunRecord, report: Path | None, console: Console | None = None) -> None:
    """Print the final panel (plain lines when the console is not a terminal)."""
    console = console or Console(stderr=True)
    rows = summary_rows(record, report)
    heading = f"{record.outcome or 'NOT FINISHED'}: {clean(record.message)}"
    if not console.is_terminal:
        lines = [heading, *(f"  {name}: {value}" for name, value in rows)]
        text = "\n".join(lines).encode(console.encoding, "replace").decode(console.encoding)
        print(text, file=console.file, flush=True)
        return
    table = Table.grid(padding=(0, 2))
    for name, value in rows:
        table.add_row(Text(name, "dim"), Text(value, overflow="fold"))
    color = "green" if record.outcome is Outcome.SUCCESS else "yellow"
    body = Table.grid()
    body.add_row(Text(clean(record.message), "bold"))
    body.add_row("")
    body.add_row(table)
    console.print(Panel(body, title=Text(f" {wording.title(record)} ", f"bold {color}"), border_style=color))


def summary_rows(record: RunRecord, report: Path | None) -> list[tuple[str, str]]:
    """What the panel says, as (name, value) pairs."""
    rows = _paper_rows(record)
    if record.evidence:
        rows += _evidence_rows(record.evidence)
    elif record.partial:
        found = ", ".join(
            f"{clean(name)} {clean(text)}" for name, text in wording.partial_facts(record.partial).items()
        )
        rows.append(("Best so far", f"{found} (partial, not measured on the test rows)"))
    if record.model_name:
        rows.append(("Model", f"{clean(record.model_name)}, written by {clean(wording.author(record))}"))
    rows.append(("Time, cost", f"{wording.duration(record.seconds)}, {wording.money(wording.total_usd(record))}"))
    rows.append(("Next", wording.next_step(record)))
    if report:
        rows.append(("Report", str(report)))
    return rows


def _paper_rows(record: RunRecord) -> list[tuple[str, str]]:
    """The paper, how much of it the code does, and why this data; nothing for a run without one."""
    rows = [("Paper", _short(paper_title(record))), ("Criteria", met_sentence(record))]
    left = [check for check in checklist(record, "") if check.verdict != "met"]
    for check in left[:MOST_SHORTFALLS]:
        name = f"{check.criterion.id}, {WORDS.get(check.verdict, check.verdict)}"
        rows.append((name, _short(check.criterion.text)))
    if more := len(left[MOST_SHORTFALLS:]):
        rows.append(("Others", f"{more} more are not met, met in part or not judged; the report names them"))
    rows.append(("Dataset", _short(dataset_reason(record))))
    if len(record.candidates) > 1:
        ran = sum(one.get("outcome") == "ran" for one in record.candidates)
        chosen = next((one["number"] + 1 for one in record.candidates if one.get("chosen")), "none")
        rows.append(("Candidates", f"{chosen} of {len(record.candidates)} went on, {ran} ran"))
    return [(clean(name), clean(text)) for name, text in rows if text]


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= LONGEST_ROW else f"{plain[: LONGEST_ROW - 2]} …"


def _evidence_rows(evidence: Evidence) -> list[tuple[str, str]]:
    test, size = evidence.test, evidence.size
    verdict = "better than" if evidence.beats_baselines else "NOT better than the best of"
    baselines = ", ".join(f"{clean(k)} {wording.score_text(test.metric, v)}" for k, v in evidence.baselines.items())
    score = f"{wording.metric_name(test.metric)} {wording.score_text(test.metric, test.score)}"
    return [
        ("Test score", f"{score} on {evidence.test_rows:,} unseen rows, {verdict} {baselines or 'no baseline'}"),
        (
            "Size",
            f"{wording.kilobytes(size.real_kb)} of {wording.kilobytes(evidence.size_limit_kb)}"
            f" ({size.parameters:,} parameters at {size.quantization_bits} bits)",
        ),
    ]
