"""The Postgres of ARXLA_DATABASE_URL; needs the extra `postgres`."""

import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import psycopg
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from psycopg.conninfo import make_conninfo
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

from arxla.serving.backend import Row
from runtime.errors import InputError
from runtime.secrets import mask_secrets

CONNECT_S = 10
STATEMENT_S = 30
POOL = 8
"""Connections for checkpoints at most; one more holds the locks and writes the journal."""
Result = TypeVar("Result")


class PostgresBackend:
    """One connection holds this server's advisory locks for as long as it lives; a dead server's are free at once."""

    failures: tuple[type[Exception], ...] = (psycopg.Error,)

    def __init__(self, url: str) -> None:
        """Raises `InputError` when nothing answers there, or refuses."""
        try:
            self._url = make_conninfo(
                url, connect_timeout=CONNECT_S, options=f"-c statement_timeout={STATEMENT_S * 1000}"
            )
            self._connection = psycopg.connect(self._url, autocommit=True)
        except psycopg.Error as error:
            reason = " ".join(mask_secrets(str(error), [url]).split())
            raise InputError(
                f"ARXLA_DATABASE_URL can't be used ({reason}): give the address of a running Postgres as "
                "postgresql://USER:PASSWORD@HOST:PORT/DATABASE."
            ) from None
        self._guard = threading.Lock()
        self._held: set[int] = set()
        self._lost: set[int] = set()

    def run(self, statement: str, values: Sequence[object] = ()) -> list[Row]:
        def work(connection: psycopg.Connection[Row]) -> list[Row]:
            cursor = connection.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

        return self._connected(work)

    def run_many(self, statement: str, rows: Sequence[Sequence[object]]) -> None:
        def work(connection: psycopg.Connection[Row]) -> None:
            with connection.transaction(), connection.cursor() as cursor:
                cursor.executemany(statement, rows)

        self._connected(work)

    def try_lock(self, key: int) -> bool:
        taken = bool(self.run("SELECT pg_try_advisory_lock(%s)", [key])[0][0])
        if taken:
            self._held.add(key)
        return taken

    def unlock(self, key: int) -> None:
        self._held.discard(key)
        self.run("SELECT pg_advisory_unlock(%s)", [key])

    def lost_locks(self) -> set[int]:
        lost, self._lost = self._lost, set()
        return lost

    @asynccontextmanager
    async def checkpointer(self) -> AsyncIterator[BaseCheckpointSaver[Any]]:
        kwargs = {"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row}
        pool: AsyncConnectionPool[Any] = AsyncConnectionPool(
            self._url, min_size=1, max_size=POOL, timeout=STATEMENT_S, kwargs=kwargs, open=False
        )
        async with pool:
            saver = AsyncPostgresSaver(pool)
            await saver.setup()
            yield saver

    def close(self) -> None:
        self._connection.close()

    def _connected(self, work: Callable[[psycopg.Connection[Row]], Result]) -> Result:
        """Do it, once more on a new connection when the old one turns out to be broken."""
        with self._guard:
            try:
                return work(self._connection)
            except psycopg.OperationalError:
                if not self._connection.broken:
                    raise
            self._connection = psycopg.connect(self._url, autocommit=True)
            for key in list(self._held):
                row = self._connection.execute("SELECT pg_try_advisory_lock(%s)", [key]).fetchone()
                if not (row and row[0]):
                    self._held.discard(key)
                    self._lost.add(key)
            return work(self._connection)
