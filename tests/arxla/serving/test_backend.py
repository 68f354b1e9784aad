"""Both places that a server may keep things in do the same: rows that last, locks that end with their holder."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from arxla.serving.backend import Backend, open_backend
from arxla.serving.journal import Entry, Journal
from arxla.serving.leases import Leases
from runtime.errors import InputError
from runtime.settings import Settings, load_settings

HOLDER = """
import sys
import threading
from arxla.serving.backend import open_backend
from arxla.serving.leases import Leases
from runtime.settings import load_settings
place = {"out": sys.argv[1], "arxla_database_url": sys.argv[2] or None}
leases = Leases(open_backend(load_settings(env_file=None, **place)))
print(leases.take("thread:1"), leases.take("thread:2"), leases.take("thread:1"), flush=True)
sys.stdin.read()
"""


@pytest.fixture(params=["sqlite", "postgres"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    url = request.getfixturevalue("postgres") if request.param == "postgres" else None
    return load_settings(env_file=None, out=tmp_path, arxla_database_url=url)


@pytest.fixture
def backend(settings: Settings) -> Iterator[Backend]:
    opened = open_backend(settings)
    yield opened
    opened.close()


def entry(id: str, status: str = "pending", owner: str = "a", content: str | None = "{}") -> Entry:
    return Entry("runs", id, owner, f"{status} 1", content)


def test_the_journal_gives_back_what_it_was_given(backend: Backend, request: pytest.FixtureRequest) -> None:
    journal, name = Journal(backend), request.node.name
    journal.setup()
    journal.setup()
    one, two = entry(f"{name}-1", content='{"name": "日本 % \'"}'), entry(f"{name}-2", "running")
    journal.save([one, two])
    assert [it for it in journal.load() if it.id.startswith(name)] == [one, two]
    assert {it.id for it in journal.changed({("runs", one.id): one.stamp})} >= {two.id}
    assert ("a", one.id) in journal.unended(["pending"]) and ("a", two.id) not in journal.unended(["pending"])
    assert journal.claim(one.id, "a", "b") and not journal.claim(one.id, "a", "c")
    assert (found := journal.entry("runs", one.id)) is not None and found.owner == "b"
    journal.save([entry(one.id, content=None)])
    assert [it.id for it in journal.load() if it.id.startswith(name)] == [two.id]


def test_a_lease_is_anothers_until_that_one_is_killed(settings: Settings, backend: Backend) -> None:
    url = settings.arxla_database_url.get_secret_value() if settings.arxla_database_url else ""
    command = [sys.executable, "-c", HOLDER, str(settings.out), url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == "True True False\n"
        leases = Leases(backend)
        assert not leases.take("thread:1") and leases.is_held("thread:2") and not leases.is_held("thread:3")
        holder.kill()
        holder.wait(10)
    assert eventually(lambda: leases.take("thread:1")) and not leases.take("thread:1")
    leases.give_back("thread:1")
    assert leases.take("thread:1")


def eventually(found: Callable[[], bool]) -> bool:
    """A Postgres notices within milliseconds that a connection is gone."""
    return any(found() for _ in range(2000))


async def test_checkpoints_can_be_kept_there(backend: Backend) -> None:
    async with backend.checkpointer() as saver:
        assert await saver.aget_tuple({"configurable": {"thread_id": "none", "checkpoint_ns": ""}}) is None


def test_a_broken_connection_is_made_anew_with_its_locks(postgres: str) -> None:
    settings = load_settings(env_file=None, arxla_database_url=postgres)
    mine, other = open_backend(settings), open_backend(settings)
    leases = Leases(mine)
    assert leases.take("kept") and leases.take("lost")
    rest = "pid <> pg_backend_pid() AND application_name = ''"
    other.run(
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {rest} AND backend_type = 'client backend'"
    )
    thief = Leases(other)
    assert eventually(lambda: thief.take("lost"))
    assert mine.run("SELECT 1") == [(1,)]
    assert leases.lost() == {"lost"} and thief.is_held("kept") and not leases.take("lost")
    mine.close()
    other.close()


@pytest.mark.parametrize(
    "url", ["postgresql://someone:secret-word@127.0.0.1:1/x", "not an address", "mysql://u:secret-word@h/x"]
)
def test_a_bad_address_is_one_sentence_without_the_password(url: str) -> None:
    with pytest.raises(InputError, match="ARXLA_DATABASE_URL can't be used") as fault:
        open_backend(load_settings(env_file=None, arxla_database_url=url))
    assert "secret-word" not in str(fault.value) and "\n" not in str(fault.value)


def test_a_missing_extra_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    monkeypatch.delitem(sys.modules, "arxla.serving.postgres", raising=False)
    with pytest.raises(InputError, match=r"extra postgres .* pip install"):
        open_backend(load_settings(env_file=None, arxla_database_url="postgresql://x"))


def test_results_that_can_t_be_kept_are_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="Can't keep results"):
        open_backend(load_settings(env_file=None, out=tmp_path / "file"))


async def test_a_lease_that_a_cancelled_task_got_is_given_back(tmp_path: Path) -> None:
    backend = open_backend(load_settings(env_file=None, out=tmp_path))
    leases, at_it, go_on = Leases(backend), threading.Event(), threading.Event()

    class Slow(Leases):
        def take(self, name: str) -> bool:
            at_it.set()
            go_on.wait(10)
            return leases.take(name)

        def give_back(self, name: str) -> None:
            leases.give_back(name)

    async def hold() -> None:
        async with Slow(backend).hold("thread:1", 0):
            raise AssertionError("it was cancelled before")

    holder = asyncio.create_task(hold())
    await asyncio.to_thread(at_it.wait, 10)
    holder.cancel()
    with pytest.raises(asyncio.CancelledError):
        await holder
    go_on.set()
    async with leases.hold("thread:1", 10) as held:
        assert held
    backend.close()
