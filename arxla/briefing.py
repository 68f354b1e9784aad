"""One paper's brief in the foreground: progress, Ctrl-C, what is printed and where it is kept."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer
from rich.console import Console

from agents.registry import check_models
from arxla.brief_view import print_brief
from arxla.progress import Progress
from graph.build_brief import build_brief_graph
from graph.services import Services
from graph.state import Input
from runtime.errors import InputError
from runtime.events import Event
from runtime.outcome import Outcome, exit_code
from runtime.settings import Settings, load_settings
from runtime.task import Task
from tools.papers.brief import PaperBrief
from tools.papers.readable import as_markdown
from tools.results.folder import RunFolder, new_run_id
from tools.results.writing import naming_disk_faults

INTERRUPTED = 130
FOLDER = "briefs"
"""Below the folder of papers; one folder a brief, as a run has one."""


def show_brief(options: dict[str, Any], out: Path | None, json: bool, quiet: bool) -> None:
    """Make a brief and print it; `options` are fields of `Task`. Leaves with the exit code of its outcome."""
    settings = load_settings()
    task = settings.task(**options)
    check_models(task, settings)
    if out is not None and not out.absolute().parent.is_dir():
        raise InputError(f"There is no folder {out.absolute().parent} to write the brief into.")
    results = settings.arxla_papers_dir / FOLDER
    folder = RunFolder.create(results, new_run_id(task.subject, datetime.now(UTC)))
    with Progress(quiet=quiet, file=sys.stderr) as progress:
        state = asyncio.run(_until_signal(settings, task, folder, progress.show))
    if not state.get("brief"):
        folder.discard()
        outcome = Outcome(state["outcome"])
        if outcome is Outcome.INPUT_ERROR:
            raise InputError(state["message"])
        print(f"arxla: {outcome}: {settings.mask_secrets(state['message'])}", file=sys.stderr)
        raise typer.Exit(exit_code(outcome))
    brief = PaperBrief.model_validate(state["brief"])
    if out is not None:
        _write(out, brief)
    if json:
        print(brief.model_dump_json(indent=1))
    else:
        print_brief(brief, Console())
    print(f"kept in {folder.path / 'paper-retrieval'}", file=sys.stderr)


async def make_brief(
    settings: Settings, task: Task, folder: RunFolder, show: Callable[[Event], None]
) -> dict[str, Any]:
    """Run the graph of a brief to its end and return its state; chunks that were read before are in the cache."""
    services = Services(settings, results=folder.path.parent)
    given: Input = {"task": task.model_dump(mode="json"), "run_id": folder.id}
    state: dict[str, Any] = {}
    with contextlib.closing(services):
        async for mode, part in build_brief_graph(services).astream(given, stream_mode=["values", "custom"]):
            if isinstance(part, dict) and mode == "values":
                state = part
            elif isinstance(part, dict):
                show(part)
    return state


async def _until_signal(
    settings: Settings, task: Task, folder: RunFolder, show: Callable[[Event], None]
) -> dict[str, Any]:
    """The final state; a signal ends the process: what was read until then is in the cache."""
    work = asyncio.ensure_future(make_brief(settings, task, folder, show))
    loop = asyncio.get_running_loop()

    def interrupt() -> None:
        if work.cancelling():
            os._exit(INTERRUPTED)
        work.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, interrupt)
    try:
        return await work
    except asyncio.CancelledError:
        print("arxla: Interrupted; the chunks read until now are kept for the next time.", file=sys.stderr, flush=True)
        os._exit(INTERRUPTED)  # threads may still be inside a provider's call


def _write(out: Path, brief: PaperBrief) -> None:
    text = brief.model_dump_json(indent=1) + "\n" if out.suffix == ".json" else as_markdown(brief)
    try:
        with naming_disk_faults(out):
            out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"Can't write {out}: {error.strerror}.") from error
