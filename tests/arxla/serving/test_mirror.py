"""Two servers' memories over one journal: what one accepts the other knows of, and takes up when the first is gone."""

import copy
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from arxla.serving.backend import SqliteBackend
from arxla.serving.journal import Journal
from arxla.serving.leases import Leases
from arxla.serving.mirror import MOST_RESTARTS, RESTARTS, Mirror, Rows, server_lease

NOW = datetime(2026, 11, 20, tzinfo=UTC)


class Leasing(Leases):
    """Leases in which some servers count as alive."""

    def __init__(self, *alive: str) -> None:
        self.alive = {server_lease(name) for name in alive}

    def is_held(self, name: str) -> bool:
        return name in self.alive


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    backend = SqliteBackend(tmp_path)
    journal = Journal(backend)
    journal.setup()
    yield journal
    backend.close()


def empty() -> Rows:
    return {"threads": [], "runs": [], "assistants": [], "assistant_versions": [], "crons": []}


def thread(status: str = "busy") -> dict[str, Any]:
    return {
        "thread_id": uuid.uuid4(),
        "status": status,
        "created_at": NOW,
        "updated_at": NOW,
        "metadata": {},
        "values": None,
    }


def run_of(thread: dict[str, Any], status: str = "pending") -> dict[str, Any]:
    kwargs = {
        "input": {"task": {}},
        "command": None,
        "durability": "async",
        "config": {"configurable": {"checkpoint_id": "c"}},
    }
    return {
        "run_id": uuid.uuid4(),
        "thread_id": thread["thread_id"],
        "status": status,
        "created_at": NOW,
        "updated_at": NOW,
        "metadata": {},
        "kwargs": kwargs,
    }


async def begun(run: dict[str, Any]) -> bool:
    return bool(run["metadata"].get("begun"))


async def test_a_new_server_finds_what_a_killed_one_had_accepted(journal: Journal) -> None:
    rows, leases = empty(), Leasing()
    mirror = Mirror(rows, journal, leases, "first")
    rows["threads"].append(thread())
    rows["runs"] += [
        run_of(rows["threads"][0]),
        run_of(rows["threads"][0], "running"),
        run_of(rows["threads"][0], "success"),
    ]
    rows["runs"][1]["metadata"]["begun"] = True
    rows["assistants"] += [
        {"assistant_id": uuid.uuid4(), "version": 1, "metadata": {"created_by": who}} for who in ("system", "user")
    ]
    await mirror.push()
    assert {run["kwargs"]["durability"] for run in rows["runs"]} == {"sync"}

    after = empty()
    again = Mirror(after, journal, leases, "second")
    await again.restore()
    await again.adopt(begun)
    assert after["threads"] == rows["threads"] and after["assistants"] == rows["assistants"][1:]
    first, second, third = sorted(
        after["runs"], key=lambda run: [it["run_id"] for it in rows["runs"]].index(run["run_id"])
    )
    assert [run["status"] for run in (first, second, third)] == ["pending", "pending", "success"]
    assert [run["metadata"].get(RESTARTS) for run in (first, second, third)] == [1, 1, None]
    assert first["kwargs"]["input"] == {"task": {}} and second["kwargs"]["input"] is None
    assert "checkpoint_id" not in second["kwargs"]["config"]["configurable"]


async def test_what_a_living_server_does_is_seen_and_left_to_it(journal: Journal) -> None:
    rows, other = empty(), empty()
    mine = Mirror(rows, journal, Leasing("first", "second"), "first")
    theirs = Mirror(other, journal, Leasing("first", "second"), "second")
    rows["threads"].append(thread())
    rows["runs"].append(run_of(rows["threads"][0]))
    await mine.push()
    assert await theirs.pull() == []
    await theirs.adopt(begun)
    assert other["runs"][0]["status"] == "running", "or the other server's queue would take it"
    await theirs.push()
    assert await mine.pull() == [] and rows["runs"][0]["status"] == "pending"

    rows["runs"][0] |= {"status": "success", "updated_at": NOW.replace(hour=1)}
    await mine.push()
    await theirs.pull()
    assert other["runs"][0]["status"] == "success"

    rows["threads"].clear()
    await mine.push()
    await theirs.pull()
    assert other["threads"] == [] and len(other["runs"]) == 1


async def test_a_run_can_be_cancelled_at_another_server(journal: Journal) -> None:
    rows, other = empty(), empty()
    mine, theirs = (Mirror(it, journal, Leasing("a", "b"), name) for it, name in ((rows, "a"), (other, "b")))
    rows["runs"].append(run_of(thread(), "running"))
    await mine.push()
    await theirs.pull()
    other["runs"][0] |= {"status": "interrupted", "updated_at": NOW.replace(hour=1)}
    await theirs.push()
    assert await mine.pull() == [rows["runs"][0]["run_id"]]


async def test_a_run_that_keeps_bringing_servers_down_is_given_up(journal: Journal) -> None:
    rows = empty()
    rows["runs"].append(run_of(thread(), "running"))
    rows["runs"][0]["metadata"][RESTARTS] = MOST_RESTARTS
    await Mirror(rows, journal, Leasing(), "first").push()
    after = empty()
    again = Mirror(after, journal, Leasing(), "second")
    await again.restore()
    await again.adopt(begun)
    assert after["runs"][0]["status"] == "error"


async def test_an_empty_journal_leaves_what_the_server_remembered(journal: Journal) -> None:
    rows = empty()
    rows["threads"].append(thread("idle"))
    before = copy.deepcopy(rows)
    mirror = Mirror(rows, journal, Leasing(), "first")
    await mirror.restore()
    assert rows == before
    await mirror.push()
    assert [entry.kind for entry in journal.load()] == ["threads"]


async def test_what_could_not_be_written_is_written_the_next_time(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = empty()
    mirror = Mirror(rows, journal, Leasing(), "first")
    rows["threads"] += [thread(), thread()]
    await mirror.push()
    rows["threads"].pop(0)
    rows["threads"].append(thread())
    with monkeypatch.context() as broken:
        broken.setattr(journal, "save", lambda _: (_ for _ in ()).throw(OSError("no space")))
        with pytest.raises(OSError, match="no space"):
            await mirror.push()
    await mirror.push()
    assert {entry.id for entry in journal.load()} == {str(row["thread_id"]) for row in rows["threads"]}


async def test_a_run_without_a_thread_of_its_own_is_left_as_it_is(journal: Journal) -> None:
    rows, mine = empty(), thread()
    run = run_of(mine)
    run["kwargs"]["temporary"] = True  # it has no checkpoints to be durable
    rows["threads"], rows["runs"] = [mine], [run]
    await Mirror(rows, journal, Leasing(), "one").push()
    assert run["kwargs"]["durability"] == "async"
