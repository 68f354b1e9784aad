"""One run, or one batch of runs, in the foreground: progress, Ctrl-C, the exit code."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable, Coroutine
from contextlib import closing
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import typer

from arxla import batch
from arxla.asking import EXIT_WAITING, ask_person, can_ask, leave_waiting
from arxla.batch_progress import BatchProgress
from arxla.choosing import WAYS, choose_papers
from arxla.places import place_of
from arxla.progress import Progress
from graph.driving import drive, ended, open_run
from graph.services import Services
from runtime.errors import InputError
from runtime.events import Event
from runtime.outcome import Outcome, exit_code
from runtime.settings import Settings, load_settings
from tools.report.batch_statistics import WAITING
from tools.results.batch import BatchFolder, find_batch
from tools.results.folder import RunFolder
from tools.results.listing import find_run

INTERRUPTED = 130
SAME_SIGNAL_S = 0.5
"""`timeout` and a terminal may send one signal to the process and again to its group."""
T = TypeVar("T")


def start(options: dict[str, Any], json: bool, quiet: bool) -> None:
    """A new run; `options` are fields of `Task` and of `Settings`."""
    settings = load_settings(options)
    follow(settings, open_run(settings, settings.task(), settings.out), json, quiet)


def start_papers(
    options: dict[str, Any], papers: list[str], selection: dict[str, Any], parallel: int, json: bool, quiet: bool
) -> None:
    """A run for one paper, a batch for several or for a selection (see `choose_papers`)."""
    settings = load_settings(options)
    found, words = choose_papers(settings, papers, selection | ({"seed": options["seed"]} if "seed" in options else {}))
    if len(found) > 1 or (selection.keys() & WAYS.keys()) - {"paper_id"}:
        return follow_batch(settings, batch.open_batch(settings, found, words, parallel), json, quiet)
    task = settings.task(paper=batch.reference(found[0]))
    return follow(settings, open_run(settings, task, settings.out), json, quiet)


def go_on(run: str, results: Path | None, json: bool, quiet: bool, answer: str | None = None) -> None:
    """An interrupted or waiting run or a batch, given its id, a unique beginning of it, or (for a run) `latest`."""
    settings = load_settings({"out": results})
    if many := find_batch(settings.out, run):
        if answer is not None:
            raise InputError(f"{many.id} is a batch: give the answer to the run that waits; `arxla runs` names it.")
        return follow_batch(settings, many, json, quiet)
    folder = find_run(settings.out, run)
    record = folder.load_record()
    if ended(record):
        raise InputError(f"Run {folder.id} has ended with {record.outcome}; `arxla runs show {folder.id}` shows it.")
    return follow(settings, folder, json, quiet, answer)


def follow(settings: Settings, folder: RunFolder, json: bool, quiet: bool, answer: str | None = None) -> None:
    """Drive a run to its end, or to the user's Ctrl-C, and leave with its exit code.

    What it asks is put to whoever sits at the terminal; where nobody does, it waits, and the exit code is 3.

    The first Ctrl-C (or SIGTERM) ends the boxed jobs and keeps the checkpoint; the second ends at once: whatever runs
    in a box dies with this process.
    """
    with closing(Services(settings, results=folder.path.parent)) as services:
        while True:
            with Progress(quiet=quiet, file=sys.stderr if json else sys.stdout) as progress:
                work = drive(settings, folder, progress.show, services, answer, place_of(settings))
                record = asyncio.run(_until_signal(work, progress.show))
            if record is None or record.waiting is None:
                break
            answer = ask_person(record.waiting, folder) if not json and can_ask() else None
            if answer is None:
                leave_waiting(record.waiting, folder, json)
    if record is None:
        message = f"Interrupted; `arxla resume {folder.id}` goes on from the last finished step."
        folder.save_record(folder.load_record().model_copy(update={"outcome": Outcome.CANCELLED, "message": message}))
        _leave(message)
    if record.outcome is Outcome.INPUT_ERROR and record.profile is None:
        folder.discard()
        raise InputError(record.message)
    progress.finish(record, folder)
    if json:
        print(folder.record)
    raise typer.Exit(exit_code(record.outcome or Outcome.CANCELLED))


def follow_batch(settings: Settings, folder: BatchFolder, json: bool, quiet: bool) -> None:
    """Drive a batch to its end; exit code 0 when every paper succeeded, 3 when one waits for an answer, else 1."""
    entries = folder.load().entries
    with BatchProgress(entries, quiet=quiet, file=sys.stderr if json else sys.stdout) as progress:

        def warn(event: Event) -> None:
            progress.say(str(event["text"]))

        summary = asyncio.run(_until_signal(batch.drive_batch(settings, folder, progress.show), warn))
    if summary is None:
        _leave(batch.interrupt(folder))
    progress.finish(summary, folder)
    if json:
        print(folder.summary)
    if waiting := [line for line in summary.lines if line.outcome == WAITING]:
        for line in waiting:
            print(f"arxla: {line.run_id} waits for you: {line.message}", file=sys.stderr)
        raise typer.Exit(EXIT_WAITING)
    raise typer.Exit(0 if summary.succeeded == summary.papers else 1)


async def _until_signal(work: Coroutine[Any, Any, T], show: Callable[[Event], None]) -> T | None:
    """What the work ends with, or None when a signal came first."""
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()

    first: list[float] = []

    def interrupt() -> None:
        if first:
            if time.monotonic() - first[0] > SAME_SIGNAL_S:
                os._exit(INTERRUPTED)
            return
        first.append(time.monotonic())
        show({"kind": "warning", "text": "stopping after Ctrl-C; press it again to end at once"})
        task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, interrupt)
    try:
        return await task
    except asyncio.CancelledError:
        return None


def _leave(message: str) -> NoReturn:
    """Leave without waiting for threads that are still inside a provider's call."""
    print(f"arxla: {message}", file=sys.stderr, flush=True)
    sys.stdout.flush()
    os._exit(INTERRUPTED)
