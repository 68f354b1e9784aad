"""What `langgraph.json` serves."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from graph.build import build_graph
from graph.services import Services
from runtime.settings import load_settings

arxla = build_graph(Services(load_settings()))
"""The whole pipeline, chat-capable. One for the server's life: all its runs share a warm box, which dies with it."""


@asynccontextmanager
async def checkpointer() -> AsyncIterator[AsyncSqliteSaver]:
    """Threads in SQLite: the server's default store can lose them to a kill -9."""
    path = Path("results/.server/checkpoints.sqlite")
    path.parent.mkdir(parents=True, exist_ok=True)
    async with AsyncSqliteSaver.from_conn_string(str(path)) as saver:
        await saver.setup()
        yield saver
