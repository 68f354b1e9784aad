"""What `langgraph.json` serves."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from graph.build import build_graph
from graph.services import Services
from runtime.settings import load_settings

SERVICES = Services(load_settings())
"""One for the server's life: all its runs share a warm box, which dies with the process."""

arxla = build_graph(SERVICES)
"""The whole pipeline, chat-capable."""


@asynccontextmanager
async def checkpointer() -> AsyncIterator[AsyncSqliteSaver]:
    """Threads in SQLite: the server's default store can lose them to a kill -9."""
    path = SERVICES.results / ".server" / "checkpoints.sqlite"
    path.parent.mkdir(parents=True, exist_ok=True)
    async with AsyncSqliteSaver.from_conn_string(str(path)) as saver:
        await saver.setup()
        yield saver
