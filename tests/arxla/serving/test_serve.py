"""A real server is used, cancelled, killed, started again and ended; its runs go on, and nothing stays behind."""

import asyncio
import statistics
import time
from collections.abc import Iterator

import httpx
import pytest

from evals.benchmarks.server_load import all_ended, audit, submit, watch_states
from evals.server_process import QUICK, ServerProcess, alive
from tests.arxla.serving.waiting import LONG, begin, ended, until
from tools.results.folder import RunFolder

pytestmark = pytest.mark.box
TOKEN = "a token for tests"
STOP_S = 10.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with ServerProcess(tmp_path_factory.mktemp("serve"), ARXLA_SERVER_TOKEN=TOKEN) as process:
        yield process


def only_folder(server: ServerProcess) -> RunFolder:
    """The newest run's."""
    return RunFolder(max(server.results.glob("*/run.json"), key=lambda it: it.stat().st_mtime).parent)


async def test_without_the_token_nobody_sees_or_does_anything(server: ServerProcess) -> None:
    async with httpx.AsyncClient(base_url=server.address, trust_env=False) as client:
        for headers in ({}, {"x-auth-scheme": "langsmith"}, {"authorization": "Bearer wrong"}):
            assert (await client.post("/threads", json={}, headers=headers)).status_code == 401
            assert (await client.post("/threads/search", json={}, headers=headers)).status_code == 401
        shown = {"authorization": f"Bearer {TOKEN}"}
        assert (await client.post("/threads", json={}, headers=shown)).status_code == 200
        assert (await client.post("/internal/truncate", json={}, headers=shown)).status_code == 404
        assert (await client.post("/deploy", json={}, headers=shown)).status_code == 404


@pytest.mark.parametrize("how", ["cancel", "delete", "disconnect"])
async def test_a_cancelled_run_leaves_its_box_within_seconds(server: ServerProcess, how: str) -> None:
    before = server.processes()
    client = server.client()
    thread, run = await begin(server, LONG, "tune")
    folder = only_folder(server)
    await until(lambda: started_below(server, before))
    assert folder.worker() is not None
    started = time.monotonic()
    if how == "cancel":
        await client.runs.cancel(thread, run)
    elif how == "delete":
        await client.threads.delete(thread)
    else:
        await hang_up(server, thread, run)
    await until(lambda: let_go(folder), STOP_S)
    assert time.monotonic() - started < STOP_S
    assert folder.load_record().outcome == "CANCELLED"
    if how == "cancel":
        assert await ended(server, thread, run) == "interrupted"
        again = await client.runs.create(thread, "arxla", input=None)
        await until(lambda: at_work(folder))
        await client.runs.cancel(thread, again["run_id"], wait=True)


async def started_below(server: ServerProcess, before: set[int]) -> bool:
    return bool(server.processes() - before)


async def let_go(folder: RunFolder) -> bool:
    return folder.worker() is None


async def at_work(folder: RunFolder) -> bool:
    return folder.worker() is not None


async def hang_up(server: ServerProcess, thread: str, run: str) -> None:
    """Join the run's stream as one that cancels the run when it goes away, and go away."""
    headers = {"x-api-key": TOKEN}
    path = f"{server.address}/threads/{thread}/runs/{run}/stream?cancel_on_disconnect=1"
    async with httpx.AsyncClient(trust_env=False) as client, client.stream("GET", path, headers=headers) as stream:
        assert stream.status_code == 200


async def test_runs_go_on_after_a_kill_and_are_done_once(server: ServerProcess) -> None:
    runs = [await begin(server, QUICK, "execute"), *[await submit(server.client()) for _ in range(2)]]
    there = server.processes()
    server.kill()
    await until(lambda: gone(there), 5)
    server.start()
    looks: list[float] = []
    watcher = asyncio.create_task(watch_states(server.client(), runs, looks))
    assert await all_ended(server.client(), runs) == {"success": 3}
    watcher.cancel()
    found = await audit(server, runs)
    assert found["ended in success"] == 3 and not found["a stage visited twice"]
    assert found["runs on disk"] == 3 + 3 and found["of no thread"] == 3, "those of before were cancelled"
    assert statistics.median(looks) < 2, "states can be read while runs train"


async def gone(processes: set[int]) -> bool:
    return not alive(processes)


async def test_ctrl_c_ends_all_of_it_and_the_next_server_goes_on(server: ServerProcess) -> None:
    _, run = await begin(server, LONG, "tune")
    there = server.processes()
    assert server.interrupt() == 130
    await until(lambda: gone(there), 5)
    assert only_folder(server).load_record().outcome is None
    assert "Traceback" not in server.log.read_text()
    assert not (server.folder / ".langgraph_api").exists()
    written = [server.log, *server.results.rglob("*")]
    assert run and not any(TOKEN.encode() in path.read_bytes() for path in written if path.is_file())
