"""`arxla functions`: the cache of generated training functions."""

import json as json_module
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.syntax import Syntax
from rich.table import Table

from runtime.events import Event
from tools.functions.store import DEFAULT_FOLDER, FunctionStore

app = typer.Typer(
    help="List, show, run and clean cached training functions.", no_args_is_help=True, add_completion=False
)
Folder = Annotated[Path, typer.Option(help="Where the functions are.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]
Name = Annotated[str, typer.Argument(help="A file, a file name, or a model name (the newest of it).")]


@app.command("list")
def list_functions(folder: Folder = DEFAULT_FOLDER, json: Json = False) -> None:
    """Every cached function, newest first."""
    functions = FunctionStore(folder, _warn).list()
    if json:
        print(json_module.dumps([line.model_dump() for line in functions], indent=2))
        return
    if not functions:
        print(f"No training functions in {folder}.")
        return
    table = Table("model", "confidence", "data", "target", "written by", "age (days)", "last outcome", "score", "file")
    for line in functions:
        score = "" if line.score is None else f"{line.score:.4f}"
        facts = (line.model_name, f"{line.confidence:.2f}", line.dataset_name, line.target, line.model)
        table.add_row(*facts, f"{line.age_days:.1f}", line.outcome or "unknown", score, Path(line.filepath).name)
    Console().print(table)


@app.command("show")
def show_function(name: Name, folder: Folder = DEFAULT_FOLDER, json: Json = False) -> None:
    """One function: what it is for, what may be tuned, and its code."""
    store = FunctionStore(folder, _warn)
    path = store.resolve(name)
    function = store.load(path)
    if json:
        print(json_module.dumps(function.model_dump(mode="json"), indent=2))
        return
    console = Console()
    profile = function.data_profile
    console.print(f"{function.model_name}, confidence {function.confidence:.2f}", style="bold", markup=False)
    console.print(f"{path}\nfor {profile.dataset_name} {profile.shape}, {profile.task_type}", markup=False)
    table = Table("hyperparameter", "type", "default", "range")
    for parameter_name, parameter in function.bo_config.items():
        facts = parameter.model_dump()
        span = facts.get("categories") or f"{facts['low']} … {facts['high']} ({facts['prior']})"
        table.add_row(parameter_name, parameter.type, str(parameter.default), str(span))
    console.print(table)
    for constraint in function.constraints:
        console.print(f"constraint: {constraint}", markup=False)
    console.print(Syntax(function.training_code, "python", line_numbers=True))


@app.command("run")
def run_function(
    name: Name,
    dataset: Annotated[str, typer.Option(help="A bundled name, or the path of a file or folder.")],
    target_column: Annotated[str | None, typer.Option(help="The column to predict, for tables.")] = None,
    target: Annotated[str | None, typer.Option(help="xla, cpu, cuda or neuron. [default: xla]")] = None,
    trials: Annotated[int | None, typer.Option(help="Tuning trials; 0 keeps the defaults. [default: 10]")] = None,
    size_limit_kb: Annotated[float | None, typer.Option(help="The largest serialised model. [default: 256]")] = None,
    folder: Folder = DEFAULT_FOLDER,
    out: Annotated[Path | None, typer.Option(help="Where results go. [default: results]")] = None,
    json: Annotated[bool, typer.Option("--json", help="Make the path of run.json the last line of stdout.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show only the end.")] = False,
) -> None:
    """Review, run, tune and measure a cached function on data, in the box, as `arxla run --function` does."""
    from arxla.session import start  # imports the graph, which the other commands should not wait for

    options = {"dataset": dataset, "target_column": target_column, "target": target, "trials": trials}
    path = FunctionStore(folder, _warn).resolve(name)
    start({**options, "size_limit_kb": size_limit_kb, "function": str(path), "out": out}, json, quiet)


@app.command("clean")
def clean_functions(
    older_than_days: Annotated[float, typer.Option(help="Delete functions that are older.", min=0)] = 30.0,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be deleted.")] = False,
    folder: Folder = DEFAULT_FOLDER,
    json: Json = False,
) -> None:
    """Delete old functions."""
    old = FunctionStore(folder, _warn).clean(older_than_days, dry_run)
    if json:
        print(json_module.dumps({"deleted": not dry_run, "files": [str(path) for path in old]}))
        return
    verb = "Would delete" if dry_run else "Deleted"
    print(f"{verb} {len(old)} function{'' if len(old) == 1 else 's'} older than {older_than_days:g} days.")
    for path in old:
        print(f"  {path}")


def _warn(event: Event) -> None:
    print(f"warning: {event['text']}", file=sys.stderr)
