"""One run in the foreground: progress, Ctrl-C, the exit code."""

import asyncio
import os
import signal
import sys

import typer

from arxla import api
from arxla.progress import Progress
from runtime.outcome import Outcome, exit_code
from runtime.settings import Settings
from runtime.task import Task
from tools.results.folder import RunFolder
from tools.results.record import RunRecord

INTERRUPTED = 130


def follow(settings: Settings, folder: RunFolder, task: Task | None, json: bool, quiet: bool) -> None:
    """Drive a run to its end, or to the user's Ctrl-C, and leave with its exit code.

    The first Ctrl-C (or SIGTERM) ends the boxed jobs and keeps the checkpoint; the second ends at once: whatever runs
    in a box dies with this process.
    """
    with Progress(quiet=quiet, file=sys.stderr if json else sys.stdout) as progress:
        record = asyncio.run(_until_signal(settings, folder, task, progress))
        if record is not None:
            progress.finish(record, folder)
    if record is None:
        _cancelled(folder)
    if json:
        print(folder.record)
    raise typer.Exit(exit_code(record.outcome or Outcome.CANCELLED))


async def _until_signal(
    settings: Settings, folder: RunFolder, task: Task | None, progress: Progress
) -> RunRecord | None:
    """The record at the end, or None when a signal came first."""
    work = asyncio.ensure_future(api.drive(settings, folder, task, progress.show))
    loop = asyncio.get_running_loop()

    def interrupt() -> None:
        if work.cancelled() or work.cancelling():
            os._exit(INTERRUPTED)
        progress.show({"kind": "warning", "text": "stopping after Ctrl-C; press it again to end at once"})
        work.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, interrupt)
    try:
        return await work
    except asyncio.CancelledError:
        return None


def _cancelled(folder: RunFolder) -> None:
    """Record the interruption and leave without waiting for threads that are still inside a provider's call."""
    if folder.record.exists():
        message = f"Interrupted; `arxla resume {folder.id}` goes on from the last finished step."
        record = folder.load_record().model_copy(update={"outcome": Outcome.CANCELLED, "message": message})
        folder.save_record(record)
    else:
        message = "Interrupted before the first step was finished; start it again with `arxla run`."
    print(f"arxla: {message}", file=sys.stderr, flush=True)
    sys.stdout.flush()
    os._exit(INTERRUPTED)
