"""`arxla resume`: go on with an interrupted run."""

from pathlib import Path
from typing import Annotated

import typer

from arxla.api import ended
from arxla.session import follow
from runtime.errors import InputError
from runtime.settings import load_settings
from tools.results.listing import find_run


def resume(
    run: Annotated[str, typer.Argument(help="The run's id, a unique beginning of it, or `latest`.")],
    out: Annotated[Path | None, typer.Option(help="Where results are. [default: results]")] = None,
    json: Annotated[bool, typer.Option("--json", help="Make the path of run.json the last line of stdout.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show only the end.")] = False,
) -> None:
    """Continue from the last finished stage (or tuning trial)."""
    settings = load_settings({"out": out})
    folder = find_run(settings.out, run)
    if (record := folder.load_record()).outcome and ended(record):
        raise InputError(f"Run {folder.id} has ended with {record.outcome}; `arxla runs show {folder.id}` shows it.")
    follow(settings, folder, None, json, quiet)
