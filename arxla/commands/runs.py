"""`arxla runs`: what is in the results folder."""

import json as json_module
import webbrowser
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from arxla.event_view import show_events
from arxla.run_status import clean
from arxla.summary import show_summary
from runtime.errors import InputError
from runtime.settings import load_settings
from tools.report.wording import kilobytes, score_text
from tools.results.batch import find_batch
from tools.results.folder import RunFolder
from tools.results.listing import RunSummary, find_run, list_runs

app = typer.Typer(help="List runs, or show one.", add_completion=False)
Out = Annotated[Path | None, typer.Option(help="Where results are. [default: results]")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]
COLORS = {"SUCCESS": "green", None: "cyan"}


@app.callback(invoke_without_command=True)
def runs(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, help="How many, newest first.")] = 20,
    json: Json = False,
    out: Out = None,
) -> None:
    """The newest runs: number, id, outcome, score, size, model, when, minutes."""
    if context.invoked_subcommand:
        return
    results = load_settings({"out": out}).out
    found = list_runs(results, limit)
    if json:
        print(json_module.dumps([run.model_dump() for run in found], indent=2))
        return
    if not found:
        print(f"No runs in {results}.")
        return
    table = Table("#", "run", "outcome", "score", "size", "model", "started", "minutes", box=None, header_style="bold")
    for run in found:
        table.add_row(*_cells(run))
    Console().print(table)


@app.command("show")
def show(
    run: Annotated[str, typer.Argument(help="A run's id, a unique beginning of it, its number, or latest.")],
    json: Json = False,
    events: Annotated[bool, typer.Option("--events", help="Print what happened, one event a line.")] = False,
    follow: Annotated[bool, typer.Option("--follow", help="With --events: go on until the run ends.")] = False,
    kind: Annotated[
        list[str] | None, typer.Option(help="With --events: only these kinds, e.g. stage; may be repeated.")
    ] = None,
    open_page: Annotated[bool, typer.Option("--open", help="Open the report in a browser.")] = False,
    out: Out = None,
) -> None:
    """One run: how it ended, on what evidence, and where its report is."""
    results = load_settings({"out": out}).out
    if many := find_batch(results, run):
        raise InputError(f"{many.id} is a batch of {len(many.load().entries)} papers: its summary is {many.page}.")
    folder = find_run(results, run)
    if events:
        show_events(folder, kinds=kind or [], follow=follow, json=json)
        return
    if follow or kind:
        raise InputError("--follow and --kind go with --events.")
    record = folder.load_record()
    if json:
        print(record.model_dump_json(indent=2))
    else:
        show_summary(record, folder.report if folder.report.exists() else None, Console())
    if open_page:
        _open(folder)


def _cells(run: RunSummary) -> list[Text]:
    unfinished = "waits for you" if run.waiting else "interrupted"
    outcome = "running" if run.running else (run.outcome or unfinished) if run.readable else "unreadable"
    values = [
        Text(str(run.number), "dim"),
        Text(run.id, "bold"),
        Text(clean(outcome), COLORS.get(run.outcome, "yellow")),
        Text(score_text(run.metric, run.score) if run.score is not None else ""),
        Text(kilobytes(run.size_kb) if run.size_kb is not None else ""),
        Text(clean(run.model)),
        Text(_local(run.started)),
        Text(f"{run.minutes:.1f}" if run.readable else ""),
    ]
    for value in values:
        value.overflow = "fold"
    return values


def _local(started: str) -> str:
    """A record's ISO 8601 time in this machine's time zone."""
    try:
        return datetime.fromisoformat(started).astimezone().strftime("%Y-%m-%d %H:%M")
    except ValueError:
        return clean(started)


def _open(folder: RunFolder) -> None:
    if not folder.report.exists():
        raise InputError(f"Run {folder.id} has no report yet.")
    if not webbrowser.open(folder.report.resolve().as_uri()):
        raise InputError(f"No browser could be opened; the report is {folder.report}.")
