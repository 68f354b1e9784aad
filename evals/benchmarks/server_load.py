"""Many threads at once through the server: `python -m evals.benchmarks.server_load [--threads N] [--jobs N] [--json]`.

Each thread trains a tiny model on wine with the expert. Counted: runs lost, runs done twice. Measured: throughput
beside the same graph called directly (same box, same number at a time, a checkpointer of its own), and how long
`GET /threads/{id}/state` takes meanwhile.
"""

import argparse
import asyncio
import json
import random
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph_sdk.client import LangGraphClient

from evals.server_process import QUICK, ServerProcess
from graph.build import build_graph
from graph.services import Services
from runtime.settings import load_settings
from runtime.task import Task
from tools.results.folder import RunFolder

GRAPH = "arxla"
LIMIT_S = 3600.0
POLL_S = 1.0
LOOK_S = 0.05
"""Between two looks at a state."""
Accepted = tuple[str, str]
"""A thread and its run."""


async def submit(client: LangGraphClient) -> Accepted:
    """A run of a new thread that the server has accepted."""
    thread = str((await client.threads.create())["thread_id"])
    run = await client.runs.create(thread, GRAPH, input={"task": QUICK})
    return thread, str(run["run_id"])


async def statuses(client: LangGraphClient, accepted: list[Accepted]) -> Counter[str]:
    """How many runs stand how; a run that the server does not know is `lost`."""
    found = await asyncio.gather(*(client.runs.list(thread, limit=10) for thread, _ in accepted))
    known = {run["run_id"]: str(run["status"]) for runs in found for run in runs}
    return Counter(known.get(run, "lost") for _, run in accepted)


async def all_ended(client: LangGraphClient, accepted: list[Accepted]) -> Counter[str]:
    """Wait until no run is pending or running."""
    deadline = time.monotonic() + LIMIT_S
    while time.monotonic() < deadline:
        found = await statuses(client, accepted)
        if not found["pending"] + found["running"]:
            return found
        await asyncio.sleep(POLL_S)
    raise TimeoutError(f"runs were still open after {LIMIT_S:.0f} s")


async def audit(server: ServerProcess, accepted: list[Accepted]) -> dict[str, int]:
    """What became of the runs, by the threads' states and by what lies in the results folder."""
    client = server.client()
    states = await asyncio.gather(*(client.threads.get_state(thread) for thread, _ in accepted))
    found: list[dict[str, Any]] = [state["values"] for state in states]  # type: ignore[misc]
    visits = [Counter(visit["name"] for visit in state.get("stages", [])) for state in found]
    folders = {path.name for path in server.results.iterdir() if path.is_dir() and not path.name.startswith(".")}
    records = {path.parent.name for path in server.results.glob("*/run.json")}
    return {
        "threads": len(accepted),
        "ended in success": sum(state.get("outcome") == "SUCCESS" for state in found),
        "without an outcome": sum(not state.get("outcome") for state in found),
        "a stage visited twice": sum(any(count > 1 for count in counts.values()) for counts in visits),
        "runs on disk": len(records),
        "of no thread": len(records - {str(state.get("run_id")) for state in found}),
        "empty folders": len(folders - records),
    }


async def watch_states(client: LangGraphClient, accepted: list[Accepted], seconds: list[float]) -> None:
    """Look at one state after another until cancelled; how long each look took."""
    while True:
        if accepted:
            started = time.perf_counter()
            await client.threads.get_state(random.choice(accepted)[0])
            seconds.append(time.perf_counter() - started)
        await asyncio.sleep(LOOK_S)


async def through_server(place: Path, threads: int, jobs: int) -> dict[str, Any]:
    """The load through a server of its own."""
    with ServerProcess(place, jobs=jobs) as server:
        client = server.client()
        await all_ended(client, [await submit(client)])  # the box is warm from here on
        accepted: list[Accepted] = []
        looks: list[float] = []
        watcher = asyncio.create_task(watch_states(server.client(), accepted, looks))
        started = time.monotonic()
        accepted += await asyncio.gather(*(submit(client) for _ in range(threads)))
        answered = time.monotonic() - started
        ends = await all_ended(client, accepted)
        seconds = time.monotonic() - started
        watcher.cancel()
        found = await audit(server, accepted)
        looks.sort()
        return {
            **found,
            "of no thread": found["of no thread"] - 1,  # the one that warmed the box
            "runs on disk": found["runs on disk"] - 1,
            "lost": ends["lost"],
            "seconds to accept all": round(answered, 2),
            "seconds": round(seconds, 1),
            "runs a minute": round(60 * threads / seconds, 1),
            "looks at a state": len(looks),
            "state p50 ms": round(1000 * looks[len(looks) // 2], 1),
            "state p95 ms": round(1000 * looks[int(len(looks) * 0.95)], 1),
        }


async def directly(place: Path, runs: int, jobs: int) -> dict[str, Any]:
    """The same graph in this process, as many at a time."""
    place.mkdir(parents=True, exist_ok=True)
    settings = load_settings(out=place / "results")
    services = Services(settings, functions=place / "functions", reviews=place / "reviews")
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(jobs + 32))
    gate = asyncio.Semaphore(jobs)
    try:
        async with AsyncSqliteSaver.from_conn_string(str(place / "checkpoints.sqlite")) as saver:
            graph = build_graph(services, saver)

            async def one(number: int) -> str:
                async with gate:
                    config: Any = {"configurable": {"thread_id": str(number)}, "recursion_limit": 500}
                    state = await graph.ainvoke({"task": QUICK}, config, durability="sync")
                    return str(state["outcome"])

            await asyncio.to_thread(services.sandbox, Task.model_validate(QUICK))
            await one(-1)
            started = time.monotonic()
            ends = await asyncio.gather(*(one(number) for number in range(runs)))
            seconds = time.monotonic() - started
    finally:
        services.close()
    return {
        "ended in success": ends.count("SUCCESS"),
        "runs on disk": len([path for path in (place / "results").iterdir() if RunFolder(path).record.is_file()]) - 1,
        "seconds": round(seconds, 1),
        "runs a minute": round(60 * runs / seconds, 1),
    }


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=100)
    parser.add_argument("--jobs", type=int, default=8)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        found = {"directly": asyncio.run(directly(Path(place) / "direct", given.threads, given.jobs))}
        found["server"] = asyncio.run(through_server(Path(place) / "server", given.threads, given.jobs))
    if given.json:
        print(json.dumps(found, indent=2))
        return
    for way, figures in found.items():
        print(f"{way}:")
        for name, value in figures.items():
            print(f"  {name:<24}{value:>10}")
    share = found["server"]["runs a minute"] / found["directly"]["runs a minute"]
    print(f"throughput through the server: {share:.0%} of the graph's own")


if __name__ == "__main__":
    main()
