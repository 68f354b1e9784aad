"""A brief on the terminal."""

from rich.console import Console
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from arxla.run_status import clean, plain
from tools.papers.brief import PaperBrief
from tools.papers.readable import as_markdown


def print_brief(brief: PaperBrief, console: Console) -> None:
    """Headings, tables and the list of criteria; as Markdown, without control characters, where nobody watches."""
    if not console.is_terminal:
        print("\n".join(plain(line) for line in as_markdown(brief).splitlines()), file=console.file)
        return
    console.print(Rule(Text(clean(brief.title), "bold")))
    facts = [brief.task, brief.domain, f"{brief.coverage:.0%} of the text read", f"by {brief.generated_by}"]
    console.print(Text(" · ".join(clean(fact) for fact in facts if fact), "dim"))
    texts = {"Method": brief.method, "Training": brief.training_recipe, "Evaluation": brief.evaluation}
    for name, text in texts.items():
        _section(console, name, [plain(line) for line in text.splitlines() if line.strip()])
    rows = [(row.component, row.details, row.chunk) for row in brief.architecture]
    _table(console, "Architecture", rows)
    _section(console, "Algorithm", [f"{number}. {plain(step)}" for number, step in enumerate(brief.algorithm, 1)])
    _section(console, "Equations", [plain(text) for text in brief.equations])
    _table(console, "Hyperparameters", [(one.name, one.value, one.chunk) for one in brief.hyperparameters])
    _section(console, "Datasets", [plain(", ".join(brief.datasets))] if brief.datasets else [])
    _criteria(console, brief)
    for warning in brief.warnings:
        console.print(Text.assemble(("! ", "bold yellow"), (clean(warning), "yellow")))


def _criteria(console: Console, brief: PaperBrief) -> None:
    if not brief.criteria:
        return
    _heading(console, "The code must")
    table = Table.grid(padding=(0, 2))
    for one in brief.criteria:
        said = Text.assemble((plain(one.text), ""), (f"\n“{plain(one.quotation)}” (chunk {one.chunk})", "dim"))
        table.add_row(Text(one.id, "bold cyan"), Text(one.kind, "dim"), said)
    console.print(Padding(table, (0, 0, 0, 2)))


def _section(console: Console, name: str, lines: list[str]) -> None:
    if lines:
        _heading(console, name)
        console.print(Padding(Text("\n".join(lines)), (0, 0, 0, 2)))


def _table(console: Console, name: str, rows: list[tuple[str, str, int]]) -> None:
    if not rows:
        return
    _heading(console, name)
    table = Table.grid(padding=(0, 2))
    for left, right, chunk in rows:
        table.add_row(Text(plain(left), "bold"), Text(plain(right)), Text(f"chunk {chunk}" if chunk else "", "dim"))
    console.print(Padding(table, (0, 0, 0, 2)))


def _heading(console: Console, name: str) -> None:
    console.print(Text(f"\n{name}", "bold cyan"))
