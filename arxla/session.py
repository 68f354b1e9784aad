"""One run in the foreground: progress, Ctrl-C, the exit code."""

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any, NoReturn

import typer

from arxla import api
from arxla.progress import Progress
from runtime.errors import InputError
from runtime.outcome import Outcome, exit_code
from runtime.settings import Settings, load_settings
from tools.results.folder import RunFolder
from tools.results.listing import find_run
from tools.results.record import RunRecord

INTERRUPTED = 130


def start(options: dict[str, Any], json: bool, quiet: bool) -> None:
    """A new run; `options` are fields of `Task` and of `Settings`."""
    settings = load_settings(options)
    task = settings.task()
    follow(settings, api.open_run(settings, task, settings.out), json, quiet)


def go_on(run: str, results: Path | None, json: bool, quiet: bool) -> None:
    """An interrupted run, given its id, a unique beginning of it, or `latest`."""
    settings = load_settings({"out": results})
    folder = find_run(settings.out, run)
    record = folder.load_record()
    if api.ended(record):
        raise InputError(f"Run {folder.id} has ended with {record.outcome}; `arxla runs show {folder.id}` shows it.")
    follow(settings, folder, json, quiet)


def follow(settings: Settings, folder: RunFolder, json: bool, quiet: bool) -> None:
    """Drive a run to its end, or to the user's Ctrl-C, and leave with its exit code.

    The first Ctrl-C (or SIGTERM) ends the boxed jobs and keeps the checkpoint; the second ends at once: whatever runs
    in a box dies with this process.
    """
    with Progress(quiet=quiet, file=sys.stderr if json else sys.stdout) as progress:
        record = asyncio.run(_until_signal(settings, folder, progress))
    if record is None:
        _cancelled(folder)
    if record.outcome is Outcome.INPUT_ERROR and record.profile is None:
        folder.discard()
        raise InputError(record.message)
    progress.finish(record, folder)
    if json:
        print(folder.record)
    raise typer.Exit(exit_code(record.outcome or Outcome.CANCELLED))


async def _until_signal(settings: Settings, folder: RunFolder, progress: Progress) -> RunRecord | None:
    """The record at the end, or None when a signal came first."""
    work = asyncio.ensure_future(api.drive(settings, folder, progress.show))
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


def _cancelled(folder: RunFolder) -> NoReturn:
    """Record the interruption and leave without waiting for threads that are still inside a provider's call."""
    message = f"Interrupted; `arxla resume {folder.id}` goes on from the last finished step."
    folder.save_record(folder.load_record().model_copy(update={"outcome": Outcome.CANCELLED, "message": message}))
    print(f"arxla: {message}", file=sys.stderr, flush=True)
    sys.stdout.flush()
    os._exit(INTERRUPTED)
