"""A run as a whole: opened in a folder of its own, driven to its end under the folder's lease."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, AsyncExitStack, contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.types import Command

from agents.registry import check_models
from graph.build import build_graph
from graph.place import OpenPlace, beginning, own_place
from graph.services import Services
from runtime.approval import read_answer
from runtime.box.ray.address import check_ray
from runtime.errors import DiskFull, InputError
from runtime.events import Event
from runtime.outcome import Outcome, StopCause
from runtime.settings import Settings
from runtime.task import Task
from tools.datasets import hub_access
from tools.datasets.catalogue import find_source
from tools.functions.store import FunctionStore
from tools.results.folder import RunFolder, new_run_id
from tools.results.record import RunRecord

Show = Callable[[Event], None]
Beside = Callable[[str], AbstractContextManager[None]]
"""What stands around the check of the task's field of that name."""


def _anywhere(_field: str) -> AbstractContextManager[None]:
    return nullcontext()


def open_run(settings: Settings, task: Task, results: Path, beside: Beside = _anywhere) -> RunFolder:
    """A new run's folder with its first record, from which it can be resumed however early it is killed.

    Raises what `check_task` raises.
    """
    check_task(task, settings, beside)
    now = datetime.now(UTC)
    folder = RunFolder.create(results, new_run_id(task.subject, now))
    folder.save_record(RunRecord(id=folder.id, task=task, started=now.isoformat(timespec="seconds")))
    return folder


def check_task(task: Task, settings: Settings, beside: Beside = _anywhere) -> None:
    """Look for what a task names, so that a slip of the pen leaves no folder behind.

    Raises `InputError`, or `ModelUnavailable` for a model without its key; `beside` tells a form of which field.
    """
    if task.dataset:
        with beside("dataset"):
            find_source(task.dataset, settings.arxla_data_dir, hub_access(settings))
    with beside("model"):
        check_models(task, settings)
    if task.executor == "ray":
        with beside("executor"):
            check_ray(settings.ray_address)
    if task.function:
        with beside("function"):
            store = FunctionStore()
            store.load(store.resolve(task.function))


def ended(record: RunRecord) -> bool:
    """Whether there is nothing left to do: a run that was cancelled can go on, unless a person refused something."""
    return record.outcome not in (None, Outcome.CANCELLED) or record.cause is StopCause.REFUSED


async def drive(
    settings: Settings,
    folder: RunFolder,
    show: Show,
    shared: Services | None = None,
    answer: Any = None,
    open_place: OpenPlace = own_place,
) -> RunRecord:
    """Run the graph to its end under the run's lease, from its last checkpoint or, without one, from its record.

    A run that asks a person something stops there, with `waiting` in its record; `answer` lets it go on. Without
    `shared` services the run has its own, which end with it. Raises `InputError` for an answer that can't be used.
    """
    given = None if answer is None else _answer(folder, answer)
    services = shared or Services(settings, results=folder.path.parent)
    async with AsyncExitStack() as stack:
        stack.enter_context(folder.lease())
        if shared is None:
            stack.callback(services.close)
        place = await stack.enter_async_context(open_place(folder))
        graph = build_graph(services, place.saver)
        config: RunnableConfig = {"configurable": {"thread_id": place.thread_id}, "recursion_limit": 500}
        first = await beginning(graph, config, place, folder)
        with _naming_database_faults(place.name):
            async for event in graph.astream(given or first, config, stream_mode="custom", durability="sync"):  # type: ignore[call-overload]
                show(event)
    return folder.load_record()


def _answer(folder: RunFolder, answer: Any) -> Command[Any]:
    """What lets a waiting run go on."""
    waiting = folder.load_record().waiting
    if waiting is None:
        raise InputError(f"Run {folder.id} waits for no answer; `arxla resume {folder.id}` goes on with it.")
    return Command(resume=read_answer(waiting, answer).model_dump())


@contextmanager
def _naming_database_faults(path: str) -> Iterator[None]:
    """SQLite says of a disk that is full, gone or read-only that its operation failed."""
    try:
        yield
    except sqlite3.OperationalError as fault:
        raise DiskFull(f"Can't write {path} ({fault}); free some space and run `arxla resume`.") from fault
