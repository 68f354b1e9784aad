"""A command that works on a server's thread: under the thread's lease, and with word to the servers at its end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver

from arxla.serving.backend import Backend, open_backend
from arxla.serving.journal import Entry, Journal
from arxla.serving.leases import Leases, thread_lease
from arxla.serving.mirror import content_of, row_of, stamp_of
from runtime.errors import InputError
from runtime.settings import Settings

INTERRUPT = "__interrupt__"


@asynccontextmanager
async def visit_thread(settings: Settings, thread_id: str) -> AsyncIterator[BaseCheckpointSaver[Any]]:
    """The checkpoints of a thread that no server works on meanwhile. Raises `InputError`."""
    backend = await asyncio.to_thread(open_backend, settings)
    try:
        if not await asyncio.to_thread(Leases(backend).take, thread_lease(thread_id)):
            raise InputError(f"A server is at work on thread {thread_id}; wait for it, or cancel its run there.")
        async with backend.checkpointer() as saver:
            try:
                yield saver
            finally:
                await _tell_servers(backend, saver, thread_id)
    finally:
        await asyncio.to_thread(backend.close)


async def _tell_servers(backend: Backend, saver: BaseCheckpointSaver[Any], thread_id: str) -> None:
    """Bring the thread's row up to date, which running servers take over within a second."""
    journal = Journal(backend)
    await asyncio.to_thread(journal.setup)
    entry = await asyncio.to_thread(journal.entry, "threads", thread_id)
    found = await saver.aget_tuple({"configurable": {"thread_id": thread_id, "checkpoint_ns": ""}})
    if entry is None or entry.content is None or found is None:
        return
    asked: dict[str, list[Any]] = {}
    for task, channel, value in found.pending_writes or []:
        if channel == INTERRUPT:
            asked[task] = [{"id": one.id, "value": one.value} for one in value]
    row = row_of(entry.content)
    row |= {"status": "interrupted" if asked else "idle", "interrupts": asked, "updated_at": datetime.now(UTC)}
    row["values"] = {**(row.get("values") or {}), **found.checkpoint["channel_values"]}
    await asyncio.to_thread(journal.save, [Entry("threads", thread_id, entry.owner, stamp_of(row), content_of(row))])
