"""A server's threads, runs, assistants and schedules on disk, each the moment it changes.

The server itself keeps them in memory and writes them down only now and then: a kill in between would lose runs that
it had accepted.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from arxla.serving.backend import Backend

Kind = Literal["threads", "runs", "assistants", "assistant_versions", "crons"]
OVERLAP_S = 60.0
"""How far a look at others' changes reaches back: clocks differ, and commits come in another order than writes."""
FORGET_S = 7 * 86_400.0
"""How long it is known of a deleted row that it was deleted."""
SETUP = (
    "CREATE TABLE IF NOT EXISTS arxla_journal (kind TEXT, id TEXT, owner TEXT, stamp TEXT, content TEXT,"
    " written DOUBLE PRECISION, PRIMARY KEY (kind, id))",
    "CREATE INDEX IF NOT EXISTS arxla_journal_written ON arxla_journal (written)",
)
SAVE = (
    "INSERT INTO arxla_journal (kind, id, owner, stamp, content, written) VALUES (%s, %s, %s, %s, %s, %s)"
    " ON CONFLICT (kind, id) DO UPDATE SET owner = excluded.owner, stamp = excluded.stamp,"
    " content = excluded.content, written = excluded.written"
)


@dataclass(frozen=True)
class Entry:
    """One row of the server's memory, as JSON; without content it was deleted."""

    kind: Kind
    id: str
    owner: str
    """The server that is to do it, for runs; the one that wrote it last, for the rest."""
    stamp: str
    """What changes whenever the row does."""
    content: str | None


class Journal:
    """Blocking calls; raises what the backend's `failures` name."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def setup(self) -> None:
        """Make the table where it is missing, and forget deletions of long ago. Not for two servers at once."""
        for statement in SETUP:
            self._backend.run(statement)
        self._backend.run("DELETE FROM arxla_journal WHERE content IS NULL AND written < %s", [time.time() - FORGET_S])

    def save(self, entries: Iterable[Entry]) -> None:
        """Write all of them or none; they are safe when this returns."""
        now = time.time()
        rows = [(it.kind, it.id, it.owner, it.stamp, it.content, now) for it in entries]
        self._backend.run_many(SAVE, rows)

    def load(self) -> list[Entry]:
        """Everything that is not deleted, oldest change first."""
        return self._entries("WHERE content IS NOT NULL ORDER BY written")

    def changed(self, known: dict[tuple[Kind, str], str]) -> list[Entry]:
        """What was written lately and has another stamp than we know."""
        heads = self._backend.run(
            "SELECT kind, id, stamp FROM arxla_journal WHERE written > %s", [time.time() - OVERLAP_S]
        )
        news = [(kind, id) for kind, id, stamp in heads if known.get((kind, id)) != stamp]
        return [entry for kind, id in news for entry in self._entries("WHERE kind = %s AND id = %s", kind, id)]

    def unended(self, statuses: Iterable[str]) -> list[tuple[str, str]]:
        """Owner and id of each run whose stamp begins with one of `statuses`."""
        runs = "SELECT owner, id, stamp FROM arxla_journal WHERE kind = 'runs' AND content IS NOT NULL"
        wanted = tuple(f"{status} " for status in statuses)
        return [(owner, id) for owner, id, stamp in self._backend.run(runs) if stamp.startswith(wanted)]

    def claim(self, run_id: str, old_owner: str, owner: str) -> bool:
        """Take over a run; False when another server was quicker."""
        claimed = self._backend.run(
            "UPDATE arxla_journal SET owner = %s, written = %s"
            " WHERE kind = 'runs' AND id = %s AND owner = %s RETURNING id",
            [owner, time.time(), run_id, old_owner],
        )
        return bool(claimed)

    def entry(self, kind: Kind, id: str) -> Entry | None:
        """One row, if it is there."""
        return next(iter(self._entries("WHERE kind = %s AND id = %s", kind, id)), None)

    def _entries(self, which: str, *values: object) -> list[Entry]:
        rows = self._backend.run(f"SELECT kind, id, owner, stamp, content FROM arxla_journal {which}", values)
        return [Entry(*row) for row in rows]
