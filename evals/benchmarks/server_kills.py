"""A server under load, killed at random moments: `python -m evals.benchmarks.server_kills [--kills 20] [--json]`.

Threads keep coming while the server is killed with kill -9 and started again; what it had accepted must end, once.
"""

import argparse
import asyncio
import json
import random
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx

from evals.benchmarks.server_load import Accepted, all_ended, audit, submit
from evals.server_process import ServerProcess

EARLIEST_S, LATEST_S = 0.5, 20.0
"""When a kill comes, after the server answers."""


async def keep_submitting(server: ServerProcess, threads: int, between_s: float, accepted: list[Accepted]) -> int:
    """Submit one thread after another; how many tries a kill cut off before the server had answered."""
    cut_off = 0
    while len(accepted) < threads:
        try:
            accepted.append(await submit(server.client()))
        except httpx.HTTPError:
            cut_off += 1
        await asyncio.sleep(between_s)
    return cut_off


async def killed(place: Path, threads: int, kills: int, jobs: int, seed: int) -> dict[str, Any]:
    """Kill the server that often while the threads come in, then let it finish them."""
    chance = random.Random(seed)
    accepted: list[Accepted] = []
    started = time.monotonic()
    with ServerProcess(place, jobs=jobs) as server:
        coming = asyncio.create_task(keep_submitting(server, threads, 0.2, accepted))
        for _ in range(kills):
            await asyncio.sleep(chance.uniform(EARLIEST_S, LATEST_S))
            await asyncio.to_thread(server.kill)
            await asyncio.to_thread(server.start)
        cut_off = await coming
        ends = await all_ended(server.client(), accepted)
        found = await audit(server, accepted)
        runs = await asyncio.gather(*(server.client().runs.get(*it) for it in accepted))
    restarts = [int((run["metadata"] or {}).get("arxla_restarts", 0)) for run in runs]
    return {
        **found,
        "lost": ends["lost"],
        "kills": kills,
        "runs that a kill cut off": sum(count > 0 for count in restarts),
        "most cuts of one run": max(restarts),
        "tries cut off": cut_off,
        "seconds": round(time.monotonic() - started),
    }


def main() -> None:
    """Print the table; exit 1 when a run was lost, did not end, or was done twice."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=60)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--jobs", type=int, default=4)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        found = asyncio.run(killed(Path(place), given.threads, given.kills, given.jobs, given.seed))
    if given.json:
        print(json.dumps(found, indent=2))
    else:
        for name, value in found.items():
            print(f"{name:<26}{value:>8}")
    sound = found["ended in success"] == found["threads"] == found["runs on disk"] and not found["lost"]
    raise SystemExit(0 if sound and not found["a stage visited twice"] else 1)


if __name__ == "__main__":
    main()
