"""The server's memory, kept equal to the journal: what changes here goes out, what other servers write comes in."""

import asyncio
import json
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from arxla.serving.journal import Entry, Journal, Kind
from arxla.serving.leases import Leases

Rows = dict[str, list[dict[str, Any]]]
"""The in-memory server's tables."""
KEYS: dict[Kind, tuple[str, ...]] = {
    "threads": ("thread_id",),
    "runs": ("run_id",),
    "assistants": ("assistant_id",),
    "assistant_versions": ("assistant_id", "version"),
    "crons": ("cron_id",),
}
STAMPS = ("status", "updated_at", "state_updated_at", "created_at", "next_run_date", "version")
"""What tells two versions of a row apart."""
MOMENTS = ("created_at", "updated_at", "state_updated_at", "next_run_date", "end_time")
IDS = ("thread_id", "run_id", "assistant_id", "cron_id")
UNENDED = ("pending", "running")
DELETED = "deleted"
"""The stamp of a row that is no more."""
MOST_RESTARTS = 100
"""How often a run is taken up again before it counts as what brings the server down."""
RESTARTS = "arxla_restarts"


class Mirror:
    """One a server; `owner` is its name for as long as it lives, and a lease of that name says that it does."""

    def __init__(self, rows: Rows, journal: Journal, leases: Leases, owner: str) -> None:
        self.rows = rows
        self.owner = owner
        self._journal = journal
        self._leases = leases
        self._known: dict[tuple[Kind, str], str] = {}
        """The stamp of each row in the journal, as far as this server has seen."""
        self._looked: dict[tuple[Any, ...], tuple[Any, ...]] = {}
        """What each row in memory was like when it was last compared: most rows never change again."""
        self._owners: dict[str, str] = {}
        """Of each run that another server does."""
        self._turn = asyncio.Lock()

    async def restore(self) -> None:
        """Fill the memory of a server that starts. An empty journal leaves what the server itself remembered."""
        entries = await asyncio.to_thread(self._journal.load)
        if any(entry.kind == "threads" for entry in entries):
            self.rows["threads"].clear()
            self.rows["runs"].clear()
        for entry in entries:
            if entry.kind != "crons" or not await asyncio.to_thread(self._leases.is_held, server_lease(entry.owner)):
                self._put(entry)

    async def push(self) -> None:
        """Make durable what changed since the last time; when this returns it is. Raises the backend's `failures`."""
        async with self._turn:
            before, entries = self._looked, list(self._changes())
            if entries:
                try:
                    await asyncio.to_thread(self._journal.save, entries)
                except BaseException:
                    self._looked = before  # what was not written is found again
                    raise
                self._known |= {(entry.kind, entry.id): entry.stamp for entry in entries}

    async def pull(self) -> list[UUID]:
        """Take over what other servers wrote; the runs of ours that somebody cancelled there."""
        async with self._turn:
            entries = await asyncio.to_thread(self._journal.changed, dict(self._known))
            shared = [entry for entry in entries if entry.kind != "crons"]  # or each server would start their runs
            return [UUID(entry.id) for entry in shared if self._put(entry)]

    async def adopt(self, begun: Callable[[dict[str, Any]], Any]) -> None:
        """Take up each unended run whose server is gone. `begun` says whether a run's thread shows its first step."""
        for owner, run_id in await asyncio.to_thread(self._journal.unended, UNENDED):
            if owner == self.owner or await asyncio.to_thread(self._leases.is_held, server_lease(owner)):
                continue
            if await asyncio.to_thread(self._journal.claim, run_id, owner, self.owner):
                entry = await asyncio.to_thread(self._journal.entry, "runs", run_id)
                if entry is not None and entry.content is not None:
                    await self._take_up(entry.content, begun)

    async def _take_up(self, content: str, begun: Callable[[dict[str, Any]], Any]) -> None:
        run = row_of(content)
        restarts = run["metadata"].get(RESTARTS, 0) + 1
        run["metadata"][RESTARTS] = restarts
        run["status"] = "pending" if restarts <= MOST_RESTARTS else "error"
        if await begun(run):
            # An input would be a new turn of the thread; without one the run goes on where it was.
            run["kwargs"] |= {"input": None, "command": None}
            run["kwargs"]["config"]["configurable"].pop("checkpoint_id", None)
        async with self._turn:
            self._owners.pop(str(run["run_id"]), None)
            self._replace("runs", run)

    def _changes(self) -> Iterator[Entry]:
        looked: dict[tuple[Any, ...], tuple[Any, ...]] = {}
        for kind, names in KEYS.items():
            for row in self.rows[kind]:
                key, now = (kind, *(row[name] for name in names)), tuple(row.get(name) for name in STAMPS)
                looked[key] = now
                if self._looked.get(key) != now and (entry := self._changed(kind, row)):
                    yield entry
        for gone in self._looked.keys() - looked.keys():
            kind, id = gone[0], ":".join(map(str, gone[1:]))
            if self._known.get((kind, id), DELETED) != DELETED:
                yield Entry(kind, id, self.owner, DELETED, None)
        self._looked = looked

    def _changed(self, kind: Kind, row: dict[str, Any]) -> Entry | None:
        """What is to be written of a row, if anything."""
        if kind.startswith("assistant") and row["metadata"].get("created_by") == "system":
            return None
        id, stamp = id_of(kind, row), stamp_of(row)
        if self._known.get((kind, id)) == stamp or self._is_theirs(kind, row):
            return None
        if kind == "runs" and row["kwargs"].get("durability") == "async" and not row["kwargs"].get("temporary"):
            row["kwargs"]["durability"] = "sync"  # or a finished stage could be lost to a kill
        return Entry(kind, id, self._owners.get(id, self.owner), stamp, content_of(row))

    def _is_theirs(self, kind: Kind, row: dict[str, Any]) -> bool:
        """Whether this is another server's unended run, of which only a cancellation is ours to write."""
        return kind == "runs" and str(row["run_id"]) in self._owners and row["status"] in UNENDED

    def _put(self, entry: Entry) -> bool:
        """Take one entry over; True when it cancels a run that this server does."""
        key = (entry.kind, entry.id)
        self._known[key] = entry.stamp
        if entry.content is None:
            self.rows[entry.kind][:] = [row for row in self.rows[entry.kind] if id_of(entry.kind, row) != entry.id]
            return False
        row = row_of(entry.content)
        if entry.kind == "runs":
            if entry.owner == self.owner:
                return bool(row["status"] == "interrupted")
            if row["status"] in UNENDED:
                self._owners[entry.id] = entry.owner
                row["status"] = "running"  # the queue leaves it alone, and what waits behind it waits
            else:
                self._owners.pop(entry.id, None)
        self._replace(entry.kind, row)
        return False

    def _replace(self, kind: Kind, row: dict[str, Any]) -> None:
        rows, id = self.rows[kind], id_of(kind, row)
        for place, old in enumerate(rows):
            if id_of(kind, old) == id:
                rows[place] = row
                return
        rows.append(row)


def server_lease(owner: str) -> str:
    """The lease that says that a server lives."""
    return f"server:{owner}"


def id_of(kind: Kind, row: dict[str, Any]) -> str:
    return ":".join(str(row[name]) for name in KEYS[kind])


def stamp_of(row: dict[str, Any]) -> str:
    """Begins with the row's status, which `Journal.unended` goes by."""
    return " ".join(str(row.get(name)) for name in STAMPS)


def content_of(row: dict[str, Any]) -> str:
    """A row as JSON, in the server's own way."""
    from langgraph_api.serde import json_dumpb  # other servers that import the graphs (Aegra) do without it

    return cast("bytes", json_dumpb(row)).decode()


def row_of(content: str) -> dict[str, Any]:
    """A row as the server's memory holds it: its ids and moments are objects, everything below is JSON."""
    row = cast("dict[str, Any]", json.loads(content))
    for name in MOMENTS:
        if isinstance(row.get(name), str):
            row[name] = datetime.fromisoformat(row[name])
    for name in IDS:
        if isinstance(row.get(name), str):
            row[name] = UUID(row[name])
    return row
