"""`arxla papers`: the embedded index of papers."""

import json as json_module
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from arxla.run_status import clean
from runtime.errors import InputError
from runtime.settings import Settings, load_settings

if TYPE_CHECKING:
    from tools.papers.paper import Paper
    from tools.papers.sources.adding import Added
    from tools.papers.sources.opensearch import OpenSearchSource

app = typer.Typer(
    help="Add papers to the embedded index, find them, and pull them from OpenSearch.",
    no_args_is_help=True,
    add_completion=False,
)
Folder = Annotated[Path | None, typer.Option("--papers-dir", help="The index. [default: papers, ARXLA_PAPERS_DIR]")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]
Id = Annotated[str, typer.Argument(help="A paper's id, as `arxla papers list` shows it.")]
WIDTH = 100


@app.command("add")
def add_papers(
    paths: Annotated[list[Path], typer.Argument(help="Files (PDF, LaTeX, Markdown, text, HTML) or folders of them.")],
    folder: Folder = None,
    json: Json = False,
) -> None:
    """Read papers into the index; what is there already is skipped. Exit 1 when some could not be read."""
    from tools.papers.sources.adding import add_files
    from tools.papers.sources.files import papers_in
    from tools.papers.sources.finding import open_index

    index = open_index(_settings(folder))
    places = list(dict.fromkeys(place for path in paths for place in papers_in(path.expanduser())))
    if not places:
        raise InputError("There is no paper in what you named; papers are PDF, LaTeX, Markdown, text or HTML files.")
    _finish(_watched(add_files(index, places), len(places), json), json)


@app.command("sync")
def sync_papers(
    recent_days: Annotated[int | None, typer.Option(help="Papers of the last days alone.", min=1)] = None,
    query: Annotated[str | None, typer.Option(help='OpenSearch JSON, e.g. {"match": {"title": "ResNet"}}.')] = None,
    max_papers: Annotated[int | None, typer.Option(help="At most so many. [default: all]", min=1)] = None,
    folder: Folder = None,
    json: Json = False,
) -> None:
    """Pull papers and their texts from OpenSearch and S3; run it again and it goes on where it stopped."""
    from tools.papers.sources.finding import open_index
    from tools.papers.sources.opensearch import OpenSearchSource
    from tools.papers.sources.sync import sync

    settings = _settings(folder)
    source = OpenSearchSource(settings)
    total, papers = _asked(source, recent_days, query, max_papers)
    _finish(_watched(sync(source, papers, open_index(settings)), total, json), json)


@app.command("search")
def search_papers(
    words: Annotated[str, typer.Argument(help="What to look for.")],
    limit: Annotated[int, typer.Option(help="Results.", min=1, max=10_000)] = 10,
    source: Annotated[str, typer.Option(help="index, opensearch, or file:PATH.")] = "index",
    folder: Folder = None,
    json: Json = False,
) -> None:
    """Papers by words in title, abstract and text, best first."""
    from tools.papers.sources.finding import open_index, open_source

    settings = _settings(folder)
    index = open_index(settings) if source == "index" else None
    found = (index or open_source(source, settings)).search(words, limit)
    if json:
        _print_json([paper.model_dump() for paper in found])
    elif index and not index.count():
        _say_empty(index.folder)
    elif not found:
        print(f"No paper in {clean(source)} has any of these words.")
    else:
        _print_papers(found)
        if index:
            print(f"Ranked by {index.ranking}.")


@app.command("list")
def list_papers(
    limit: Annotated[int, typer.Option(help="At most so many, the newest first.", min=1)] = 50,
    folder: Folder = None,
    json: Json = False,
) -> None:
    """What the index holds."""
    from tools.papers.sources.finding import open_index

    index = open_index(_settings(folder))
    found = index.entries(limit)
    if json:
        _print_json([entry.model_dump() for entry in found])
        return
    if not found:
        _say_empty(index.folder)
        return
    table = _table("form", "characters")
    for entry in found:
        form = entry.form if entry.text_file else "abstract"
        _row(table, entry.paper, form, f"{entry.characters:,}")
    Console().print(table)
    if index.count() > len(found):
        print(f"{len(found)} of {index.count():,} papers; --limit shows more.")


@app.command("show")
def show_paper(paper_id: Id, folder: Folder = None, json: Json = False) -> None:
    """One paper: what is known of it, and where its text lies."""
    from tools.papers.sources.finding import open_index

    entry = open_index(_settings(folder)).entry(paper_id)
    if json:
        _print_json(entry.model_dump())
        return
    paper = entry.paper
    console = Console(soft_wrap=True)
    console.print(Text(clean(paper.title) or "(no title)", style="bold"))
    facts = {
        "id": paper.id,
        "authors": ", ".join(paper.authors),
        "published": paper.published,
        "added": entry.added,
        "url": paper.url,
        "from": entry.origin,
        "text": paper.location or "the abstract alone",
        "length": f"{entry.characters:,} characters, from {entry.form}",
    }
    for name, fact in facts.items():
        if fact:
            console.print(Text(f"{name:<10}{clean(fact)}"))
    for warning in entry.warnings:
        console.print(Text(f"warning   {clean(warning)}", style="yellow"))
    for line in wrap(paper.abstract, WIDTH):
        console.print(Text(clean(line)))


@app.command("remove")
def remove_papers(
    paper_ids: Annotated[list[str], typer.Argument(help="Ids, as `arxla papers list` shows them.")],
    folder: Folder = None,
) -> None:
    """Take papers out of the index, their texts too."""
    from tools.papers.sources.finding import open_index

    index = open_index(_settings(folder))
    for paper_id in paper_ids:
        print(f"Removed {clean(index.remove(paper_id).paper.id)}.")


def _say_empty(folder: Path) -> None:
    print(f"The index in {folder} is empty; `arxla papers add PATH` fills it.")


def _settings(folder: Path | None) -> Settings:
    return load_settings({"arxla_papers_dir": folder})


def _asked(
    source: "OpenSearchSource", recent_days: int | None, query: str | None, most: int | None
) -> "tuple[int | None, Iterable[Paper]]":
    """How many papers at most, if that is known, and the papers."""
    from tools.papers.sources.selection import PaperSelection

    if recent_days is not None and query is not None:
        raise InputError("Choose one of --recent-days and --query.")
    if recent_days is not None:
        papers = source.recent(recent_days, most or source.check())
        return len(papers), papers
    if query is not None:
        asked = PaperSelection.asked(query=query).query
        return most, islice(source.all(asked), most)
    total = source.check()
    return min(total, most or total), islice(source.all(), most)


def _watched(lines: "Iterator[Added]", total: int | None, json: bool) -> "Iterator[Added]":
    """The lines as they come, with a bar on a terminal and each failure on stderr at once."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(
        *columns, console=Console(stderr=True), transient=True, disable=json or not sys.stderr.isatty()
    ) as bar:
        task = bar.add_task("reading", total=total)
        for line in lines:
            bar.advance(task)
            yield line


def _finish(lines: "Iterable[Added]", json: bool) -> None:
    """Say what became of each, count, and leave with 1 when some failed."""
    console = Console(soft_wrap=True)
    counts: Counter[str] = Counter()
    seen, failed = [], []
    for line in lines:
        counts[line.state] += 1
        if line.state == "failed":
            failed.append(line)
        if json:
            seen.append(line.model_dump())
        elif line.state in ("added", "changed"):
            note = f" ({line.reason})" if line.reason else ""
            console.print(Text(clean(f"{line.state} {line.id}: {line.title}{note}")))
    if json:
        _print_json(seen)
    else:
        states = ("added", "changed", "unchanged", "failed")
        print(", ".join(f"{counts[state]:,} {state}" for state in states if counts[state]) or "Nothing to add.")
        for line in failed:
            print(f"failed {clean(line.name)}: {clean(line.reason)}", file=sys.stderr)
    if failed:
        raise typer.Exit(1)


def _print_papers(found: "list[Paper]") -> None:
    table = _table()
    for paper in found:
        _row(table, paper)
    Console().print(table)


def _table(*more: str) -> Table:
    """An id is never cut: it is there to be copied."""
    table = Table()
    table.add_column("id", overflow="fold")
    for name in ("title", "published", *more):
        table.add_column(name)
    return table


def _row(table: Table, paper: "Paper", *more: str) -> None:
    table.add_row(*(Text(clean(fact)) for fact in (paper.id, paper.title, paper.published[:10], *more)))


def _print_json(data: Any) -> None:
    print(json_module.dumps(data, indent=2))
