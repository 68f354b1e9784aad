"""What one server process has: its backend, its leases, the mirror of its memory, and the services of its runs."""

import asyncio
import contextlib
import logging
import signal
import uuid
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from langgraph.checkpoint.base import BaseCheckpointSaver

from arxla.serving.backend import Backend, open_backend
from arxla.serving.journal import Journal
from arxla.serving.leases import Leases
from arxla.serving.mirror import Mirror, Rows, server_lease
from arxla.serving.work import ServedServices
from runtime.observability.tracing import decide_tracing
from runtime.settings import load_settings

SETUP_S = 60.0
TICK_S = 0.5
"""How long a change that no request caused may be in memory only, and how old news of other servers are at most."""
ADOPT_TICKS = 10
SPARE_THREADS = 32
"""Beside one thread for each run's work: streams, checkpoints, the web page."""
RUNTIME_FOLDER = Path(".langgraph_api")
log = logging.getLogger("arxla.server")


@cache
def services() -> ServedServices:
    """One for the server's life: all its runs share a warm box, which dies with the process."""
    return ServedServices(load_settings())


class Server:
    """The parts that `langgraph.json` names separately meet here; one a process, open while the server runs."""

    def __init__(self) -> None:
        self.owner = uuid.uuid4().hex
        self.backend: Backend | None = None
        self.leases: Leases | None = None
        self.mirror: Mirror | None = None
        self.saver: BaseCheckpointSaver[Any] | None = None
        self.executing: dict[str, asyncio.Task[Any]] = {}
        """The task of each run that is at work here, by the run's id."""

    @asynccontextmanager
    async def checkpointer(self) -> AsyncIterator[BaseCheckpointSaver[Any]]:
        """Checkpoints for the server, which enters this before its queue starts and leaves it after that ended."""
        settings = load_settings()
        decide_tracing(settings, log.warning)
        self.backend = backend = await asyncio.to_thread(open_backend, settings)
        try:
            self.leases = Leases(backend)
            await asyncio.to_thread(self.leases.take, server_lease(self.owner))
            async with contextlib.AsyncExitStack() as stack:
                async with self.leases.hold("setup", SETUP_S):
                    self.saver = await stack.enter_async_context(backend.checkpointer())
                    journal = Journal(backend)
                    await asyncio.to_thread(journal.setup)
                await self._remember(journal)
                _widen_thread_pool()
                task = asyncio.create_task(self._keep(backend))
                task.add_done_callback(_end_with_it)
                yield self.saver
                task.cancel()
                await self.keep()
        finally:
            await asyncio.to_thread(services().close)
            await asyncio.to_thread(backend.close)

    def failures(self) -> tuple[type[Exception], ...]:
        """What says that the place of all that can't be reached."""
        return self.backend.failures if self.backend else ()

    async def keep(self) -> None:
        """Make what the server accepted durable; raises the backend's `failures`."""
        if self.mirror is not None:
            await self.mirror.push()
            self._end_deleted()

    async def _remember(self, journal: Journal) -> None:
        rows = _rows_of_runtime()
        if rows is None or self.leases is None:
            return
        if await asyncio.to_thread(_writes_no_files):
            for kind in ("threads", "runs", "crons"):
                rows[kind].clear()  # what another project's server left in this folder
        self.mirror = Mirror(rows, journal, self.leases, self.owner)
        await self.mirror.restore()
        await self.mirror.adopt(self._begun)

    async def _keep(self, backend: Backend) -> None:
        tick = 0
        while self.mirror is not None and self.leases is not None:
            await asyncio.sleep(TICK_S)
            tick += 1
            try:
                await self.keep()
                for run_id in await self.mirror.pull():
                    await self._cancel(run_id)
                if tick % ADOPT_TICKS == 0:
                    await self.mirror.adopt(self._begun)
                lost = await asyncio.to_thread(self.leases.lost)
                await asyncio.to_thread(self.leases.take, server_lease(self.owner))  # if that was among them
            except backend.failures as fault:
                log.warning("The server's journal can't be reached (%s); trying again.", fault)
                continue
            for name in lost:
                log.warning("The lease of %s was lost with the connection; its work here ends.", name)
                self._end(name)

    async def _begun(self, run: dict[str, Any]) -> bool:
        """Whether the last checkpoint of a run's thread is its own."""
        if self.saver is None:
            return False
        found = await self.saver.aget_tuple({"configurable": {"thread_id": str(run["thread_id"]), "checkpoint_ns": ""}})
        return found is not None and str(found.metadata.get("run_id")) == str(run["run_id"])

    async def _cancel(self, run_id: UUID) -> None:
        """Cancel a run of ours that another server was asked to cancel."""
        from langgraph_runtime.ops import cancel_run
        from starlette.exceptions import HTTPException

        row = next((row for row in self.mirror.rows["runs"] if row["run_id"] == run_id), None) if self.mirror else None
        if row is not None:
            with contextlib.suppress(HTTPException):  # it has ended meanwhile
                await cancel_run(row["thread_id"], run_id)

    def has_run(self, run_id: str) -> bool:
        """Whether the server still knows of a run: deleting a thread deletes its runs."""
        return self.mirror is None or any(str(row["run_id"]) == run_id for row in self.mirror.rows["runs"])

    def _end_deleted(self) -> None:
        for run_id, task in self.executing.items():
            if not self.has_run(run_id):
                task.cancel()

    def _end(self, lease: str) -> None:
        for task in self.executing.values():
            if task.get_name() == lease:
                task.cancel()


SERVER = Server()
checkpointer = SERVER.checkpointer
"""What `langgraph.json` names."""


def _rows_of_runtime() -> Rows | None:
    """The tables of the in-memory server; None for one that keeps them in a database itself (`langgraph up`)."""
    from langgraph_runtime import RUNTIME_EDITION

    if RUNTIME_EDITION != "inmem":
        return None
    from langgraph_runtime.database import GLOBAL_STORE

    return cast("Rows", GLOBAL_STORE)


def _writes_no_files() -> bool:
    """Whether the server was told to write no files of its own (by `arxla serve`); it still makes a folder for them."""
    from langgraph_runtime_inmem import _persistence, database

    if not _persistence.DISABLE_FILE_PERSISTENCE:
        return False
    database.GLOBAL_STORE.flag = database.GLOBAL_RETRY_COUNTER._counters.flag = "r"
    with contextlib.suppress(OSError):
        RUNTIME_FOLDER.rmdir()
    return True


def _widen_thread_pool() -> None:
    """The default is a few threads: each run's stage takes one for minutes."""
    from langgraph_api.config import N_JOBS_PER_WORKER

    pool = ThreadPoolExecutor(N_JOBS_PER_WORKER + SPARE_THREADS, thread_name_prefix="arxla")
    asyncio.get_running_loop().set_default_executor(pool)


def _end_with_it(task: asyncio.Task[None]) -> None:
    """A server that no longer keeps what it accepts must not accept anything."""
    if not task.cancelled() and task.exception() is not None:
        log.error("The server's journal failed; the server ends.", exc_info=task.exception())
        signal.raise_signal(signal.SIGINT)
