"""Two servers on one Postgres: they share threads, never work on one at once, and go on for each other."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from evals.server_process import QUICK, ServerProcess
from tests.arxla.serving.waiting import at_stage, begin, ended, stages, until, values

pytestmark = [pytest.mark.box, pytest.mark.service]


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory, postgres: str) -> Iterator[tuple[ServerProcess, ServerProcess]]:
    place = tmp_path_factory.mktemp("two")
    both = [
        ServerProcess(place / name, results=place / "results", ARXLA_DATABASE_URL=postgres) for name in ("one", "two")
    ]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(ServerProcess.start, both))
    yield both[0], both[1]
    for server in both:
        server.kill()


async def test_a_thread_is_one_servers_until_that_one_is_killed(servers: tuple[ServerProcess, ServerProcess]) -> None:
    one, two = servers
    thread, first = await begin(one, QUICK, "execute")
    other_thread, other = await begin(one, QUICK)
    assert await until(lambda: known(two, thread), 10)
    second = (await two.client().runs.create(thread, "arxla", input={"task": QUICK}))["run_id"]
    run_id = (await values(two, thread))["run_id"]
    assert not await ended(two, thread, second)
    one.kill()
    for place, run in ((thread, first), (thread, second), (other_thread, other)):
        assert await until(lambda place=place, run=run: ended(two, place, run)) == "success"
    assert (await values(two, thread))["outcome"] == "SUCCESS" == (await values(two, other_thread))["outcome"]
    done = stages(two, run_id)
    assert [done.count(name) for name in ("intake", "dataset", "code", "review")] == [0, 1, 1, 1]
    assert done[-1] == "report"
    assert await at_stage(two, other_thread, "report")


async def known(server: ServerProcess, thread: str) -> bool:
    return any(found["thread_id"] == thread for found in await server.client().threads.search(limit=100))
