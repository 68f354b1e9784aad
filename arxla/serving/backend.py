"""Where a server keeps what must outlive it: SQLite in its results folder, or Postgres by ARXLA_DATABASE_URL.

Both give the same few things: one small table (`journal.py`), locks that end with their holder (`leases.py`) and a
checkpointer. Statements are plain SQL that both speak, with `%s` for a value.
"""

import fcntl
import os
import sqlite3
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

import aiosqlite
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from runtime.errors import DiskFull, InputError
from runtime.settings import Settings
from tools.results.writing import naming_disk_faults

STATE = ".server"
"""The folder of a server's own state, in its results folder."""
BUSY_S = 30.0
"""How long one process waits for another one's write to the same SQLite file."""
Row = tuple[Any, ...]


class Backend(Protocol):
    """Blocking calls, safe from any thread; raises what `failures` names when the place can't be reached."""

    failures: tuple[type[Exception], ...]

    def run(self, statement: str, values: Sequence[object] = ()) -> list[Row]:
        """Execute one statement in a transaction of its own; the rows it returns, if any."""

    def run_many(self, statement: str, rows: Sequence[Sequence[object]]) -> None:
        """Execute one statement for each row, in one transaction."""

    def try_lock(self, key: int) -> bool:
        """Take the exclusive lock of that number (63 bits) for this process, if nobody has it."""

    def unlock(self, key: int) -> None:
        """Give it back; a process that dies gives all of its locks back at once."""

    def lost_locks(self) -> set[int]:
        """The locks that a broken connection took away since the last time, and that somebody else has now."""

    def checkpointer(self) -> AbstractAsyncContextManager[BaseCheckpointSaver[Any]]:
        """Checkpoints in the same place, ready for use."""

    def close(self) -> None:
        """Close the connection and give every lock back."""


def state_folder(settings: Settings) -> Path:
    """`results/.server`, made when it is missing. Raises `InputError` or `DiskFull`."""
    folder = settings.out.absolute() / STATE
    try:
        with naming_disk_faults(folder):
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"Can't keep results in {settings.out}: {error.strerror}; set ARXLA_OUT.") from error
    return folder


def open_backend(settings: Settings) -> Backend:
    """The one that the settings name. Raises `InputError` with what to do when it can't be used."""
    if settings.arxla_database_url is None:
        return SqliteBackend(state_folder(settings))
    try:
        from arxla.serving.postgres import PostgresBackend
    except ImportError as error:
        raise InputError(
            f'ARXLA_DATABASE_URL needs the extra postgres ({error.name} is missing): pip install "arxla[postgres]".'
        ) from error
    return PostgresBackend(settings.arxla_database_url.get_secret_value())


class SqliteBackend:
    """Files in a folder. Locks are bytes of a file, which the kernel gives back when the process dies (`lockf(3)`).

    One a process: a process's locks don't exclude its own others, which `Leases` takes care of.
    """

    failures: tuple[type[Exception], ...] = (sqlite3.Error, DiskFull)

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._guard = threading.Lock()
        with naming_disk_faults(folder):
            self._locks = os.open(folder / "locks", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        path = str(folder / "journal.sqlite")
        self._connection = sqlite3.connect(path, timeout=BUSY_S, check_same_thread=False)
        self._connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;")

    def run(self, statement: str, values: Sequence[object] = ()) -> list[Row]:
        with self._guard, self._connection:
            return self._connection.execute(statement.replace("%s", "?"), values).fetchall()

    def run_many(self, statement: str, rows: Sequence[Sequence[object]]) -> None:
        with self._guard, self._connection:
            self._connection.executemany(statement.replace("%s", "?"), rows)

    def try_lock(self, key: int) -> bool:
        try:
            fcntl.lockf(self._locks, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, key)
        except (BlockingIOError, PermissionError):
            return False
        return True

    def unlock(self, key: int) -> None:
        fcntl.lockf(self._locks, fcntl.LOCK_UN, 1, key)

    def lost_locks(self) -> set[int]:
        return set()

    @asynccontextmanager
    async def checkpointer(self) -> AsyncIterator[BaseCheckpointSaver[Any]]:
        async with aiosqlite.connect(self.folder / "checkpoints.sqlite", timeout=BUSY_S) as connection:
            saver = AsyncSqliteSaver(connection)
            await saver.setup()
            await connection.execute("PRAGMA synchronous=NORMAL")  # holds through a kill of the process
            yield saver

    def close(self) -> None:
        self._connection.close()
        os.close(self._locks)
