"""`arxla.run(...)`: one run from Python, the same as `arxla run`."""

import asyncio
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from arxla.places import place_of
from graph.driving import Show, drive, ended, open_run
from graph.services import Services
from runtime.approval import Question
from runtime.events import ignore_events
from runtime.settings import Settings, load_settings
from tools.results.folder import RunFolder
from tools.results.listing import find_run
from tools.results.record import RunRecord

Ask = Callable[[Question], Any]
"""Puts a question to a person and gives the answer, as `runtime.approval.read_answer` takes it."""


def run(
    dataset: str | None = None,
    *,
    results: str | Path | None = None,
    show: Show = ignore_events,
    ask: Ask | None = None,
    **options: Any,
) -> RunRecord:
    """Turn a dataset, a paper (`paper=`) or both into a measured small model and return the run's record.

    `options` are the fields of `runtime.task.Task`; what is not given comes from the environment, then the defaults.
    With `approve=`, `ask` is called for each question; without it the record that is returned has the question in
    `waiting`, and `resume(..., answer=)` goes on. Raises `InputError` for options that make no sense and `DiskFull`
    (the run can be resumed when there is room); every other end is the record's `outcome`.
    """
    settings = load_settings()
    task = settings.task(dataset=dataset, **options)
    return _follow(settings, open_run(settings, task, Path(results or settings.out)), show, ask, None)


def resume(
    text: str,
    *,
    answer: Any = None,
    results: str | Path | None = None,
    show: Show = ignore_events,
    ask: Ask | None = None,
) -> RunRecord:
    """Go on with an interrupted or a waiting run, given its id, a unique beginning of it, or `latest`.

    `answer` is what a person says to the question that it waits for (`runtime.approval.read_answer`). A run that has
    ended is returned as it is. Raises `InputError` for an answer that nothing waits for, or that means nothing.
    """
    settings = load_settings()
    folder = find_run(Path(results or settings.out), text)
    record = folder.load_record()
    if ended(record):
        return record
    return _follow(settings, folder, show, ask, answer)


def _follow(settings: Settings, folder: RunFolder, show: Show, ask: Ask | None, answer: Any) -> RunRecord:
    """To the end, or to a question that nobody is there to answer."""
    with closing(Services(settings, results=folder.path.parent)) as services:
        record = asyncio.run(drive(settings, folder, show, services, answer, place_of(settings)))
        while record.waiting is not None and ask is not None:
            record = asyncio.run(drive(settings, folder, show, services, ask(record.waiting), place_of(settings)))
    return record
