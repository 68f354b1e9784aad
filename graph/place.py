"""Where the checkpoints of a run lie: in a thread of its own, or in one of a chat or a server."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from graph.wiring import Arxla
from runtime.errors import InputError
from tools.results.folder import RunFolder


@dataclass(frozen=True)
class Place:
    """A thread, and what keeps it."""

    saver: BaseCheckpointSaver[Any]
    thread_id: str
    name: str
    """For a person."""


OpenPlace = Callable[[RunFolder], AbstractAsyncContextManager[Place]]
"""Opens the place of a run for this process alone."""


@asynccontextmanager
async def own_place(folder: RunFolder) -> AsyncIterator[Place]:
    """Of a run that was begun by itself: a file in its folder."""
    path = str(folder.path / "checkpoints.sqlite")
    async with AsyncSqliteSaver.from_conn_string(path) as saver:
        yield Place(saver, folder.id, path)


async def beginning(graph: Arxla, config: RunnableConfig, place: Place, folder: RunFolder) -> dict[str, Any] | None:
    """The input of a run that has no checkpoint yet; None for one that goes on.

    Raises `InputError` for one whose thread is not there, or has gone on without it.
    """
    state = await graph.aget_state(config)
    if place.thread_id == folder.id:
        task = folder.load_record().task.model_dump(mode="json")
        return None if state.values else {"task": task, "run_id": folder.id}
    thread = f"thread {place.thread_id}"
    if not state.values:
        raise InputError(f"Run {folder.id} is one of {thread}, which is not in {place.name}.")
    if state.values.get("run_id") != folder.id or not state.tasks:
        raise InputError(f"Run {folder.id} can't go on from here: {thread} has gone on without it; say `go on` there.")
    return None
