"""Many papers side by side, one run each; one paper's failure leaves the others alone."""

import asyncio
from collections.abc import Callable
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path

from graph.driving import check_task, drive, ended
from graph.services import Services
from runtime.errors import ArxlaError, InputError
from runtime.events import Event
from runtime.models.names import EXPERT
from runtime.outcome import Outcome
from runtime.settings import Settings
from runtime.task import Task
from tools.papers.paper import Paper
from tools.report.batch_page import write_summary
from tools.report.batch_statistics import BatchSummary
from tools.results.batch import BatchEntry, BatchFolder, BatchRecord, new_record
from tools.results.folder import RunFolder, new_run_id
from tools.results.record import RunRecord

PAPER_SECONDS = 180.0
"""Model time of one paper, when the user names none (the seed's time limit of a paper)."""
ShowPaper = Callable[[int, Event], None]
"""Takes the number of a paper, from 0, and an event of its run."""


def open_batch(settings: Settings, papers: list[Paper], selection: str, parallel: int) -> BatchFolder:
    """A new batch's folder with its first record, from which it can be resumed however early it is killed.

    Everything but the paper is the same for each of them. Raises `InputError` or `ModelUnavailable`.
    """
    references = [(reference(paper), paper.title or paper.slug) for paper in papers]
    if len({_identity(paper) for paper in papers}) < len(papers):
        raise InputError("A paper is named twice; name each one once.")
    task = _task(settings, references[0][0])
    check_task(task, settings)
    folder = BatchFolder.create(settings.out, datetime.now(UTC))
    kept = task.model_dump(mode="json", exclude={"paper"})
    folder.save(new_record(folder, selection, references, options=kept, parallel=parallel))
    return folder


def reference(paper: Paper) -> str:
    """What finds a paper again."""
    return paper.location if paper.source == "file" else f"{paper.source}:{paper.id}"


def _identity(paper: Paper) -> str:
    """The same however a file's path is spelled."""
    return str(Path(paper.location).resolve()) if paper.source == "file" else reference(paper)


async def drive_batch(settings: Settings, folder: BatchFolder, show: ShowPaper) -> BatchSummary:
    """Run every paper of a batch that has not ended yet, a few at a time, and write the summary after each.

    A paper whose run can't end (a full disk, a taken lease) is noted and the others go on; a bug of ours ends its paper
    and is raised, as a group, when the others are through. A run that waits for an answer is left to wait. Raises
    `DiskFull` for files of the batch itself.
    """
    with ExitStack() as stack:
        stack.enter_context(folder.lease())
        services = Services(settings, results=folder.results, account=folder.usage)
        stack.callback(services.close)
        batch = folder.load()
        gate = asyncio.Semaphore(batch.parallel)
        stack.callback(lambda: _summarise(folder, batch))

        async def one(index: int, entry: BatchEntry) -> None:
            async with gate:
                await _paper(settings, services, folder, batch, entry, lambda event: show(index, event))
                _summarise(folder, batch)

        ends = await asyncio.gather(
            *(one(index, entry) for index, entry in enumerate(batch.entries)), return_exceptions=True
        )
        faults = [end for end in ends if isinstance(end, Exception)]
        bugs = [fault for fault in faults if not isinstance(fault, ArxlaError)]
        if bugs:
            raise ExceptionGroup(f"arxla failed in {len(bugs)} of {len(batch.entries)} papers", bugs)
        if faults:
            raise faults[0]
    return _summarise(folder, batch)


async def _paper(
    settings: Settings,
    services: Services,
    folder: BatchFolder,
    batch: BatchRecord,
    entry: BatchEntry,
    show: Callable[[Event], None],
) -> None:
    """One paper's run, begun or gone on with; a failure that is no outcome is the entry's fault."""
    try:
        run = _run_folder(folder, batch, entry)
        if not ended(run.load_record()):
            entry.fault = ""
            await drive(settings, run, show, services)
    except ArxlaError as fault:
        entry.fault = settings.mask_secrets(str(fault))
        show({"kind": "warning", "text": entry.fault})
    folder.save(batch)


def _run_folder(folder: BatchFolder, batch: BatchRecord, entry: BatchEntry) -> RunFolder:
    """The folder of a paper's run, made when it has none."""
    if entry.run_id and RunFolder(folder.results / entry.run_id).record.exists():
        return RunFolder(folder.results / entry.run_id)
    task = Task.model_validate({**batch.options, "paper": entry.reference})
    now = datetime.now(UTC)
    run = RunFolder.create(folder.results, new_run_id(task.subject, now))
    run.save_record(RunRecord(id=run.id, task=task, started=now.isoformat(timespec="seconds")))
    entry.run_id = run.id
    folder.save(batch)
    return run


def _task(settings: Settings, paper: str) -> Task:
    """The task of one paper; model time is bounded when a model is asked and the user set no bound."""
    task = settings.task(paper=paper)
    asks = {task.model, *task.models.values(), *task.candidate_models} - {EXPERT}
    return task.model_copy(update={"paper_seconds": PAPER_SECONDS}) if asks and task.paper_seconds is None else task


def records_of(folder: BatchFolder, batch: BatchRecord) -> dict[str, RunRecord]:
    """The runs' records that can be read, by run id; what can't is its paper's fault when the batch goes on."""
    records = {}
    for run in (RunFolder(folder.results / entry.run_id) for entry in batch.entries if entry.run_id):
        with suppress(InputError):
            records[run.id] = run.load_record()
    return records


def interrupt(folder: BatchFolder) -> str:
    """Record that the user stopped the batch; returns the sentence to say."""
    batch = folder.load()
    for run, record in records_of(folder, batch).items():
        if record.outcome is None and record.waiting is None:
            message = f"Interrupted; `arxla resume {folder.id}` goes on with the whole batch."
            changed = record.model_copy(update={"outcome": Outcome.CANCELLED, "message": message})
            RunFolder(folder.results / run).save_record(changed)
    _summarise(folder, batch)
    return f"Interrupted; `arxla resume {folder.id}` goes on from the last finished step of each paper."


def _summarise(folder: BatchFolder, batch: BatchRecord) -> BatchSummary:
    return write_summary(folder, batch, records_of(folder, batch))
