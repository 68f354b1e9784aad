"""What the tests of real servers wait for, each with a bound."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from evals.server_process import QUICK, ServerProcess
from tools.results.folder import RunFolder

LONG = {**QUICK, "trials": 900}


async def until(found: Callable[[], Awaitable[Any]], within: float = 240.0) -> Any:
    """What `found` gives as soon as that is true."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if result := await found():
            return result
        await asyncio.sleep(0.1)
    raise AssertionError("it did not happen in time")


async def begin(server: ServerProcess, task: dict[str, Any], stage: str = "") -> tuple[str, str]:
    """A run of a new thread; with `stage`, one that has come to that stage."""
    client = server.client()
    thread = str((await client.threads.create())["thread_id"])
    run = str((await client.runs.create(thread, "arxla", input={"task": task}))["run_id"])
    if stage:
        await until(lambda: at_stage(server, thread, stage))
    return thread, run


async def at_stage(server: ServerProcess, thread: str, stage: str) -> bool:
    return stage in stages(server, str((await values(server, thread)).get("run_id", "")))


async def values(server: ServerProcess, thread: str) -> dict[str, Any]:
    state: dict[str, Any] = (await server.client().threads.get_state(thread))["values"]
    return state


async def ended(server: ServerProcess, thread: str, run: str) -> str:
    """The run's status once it has one that stays."""
    status = str((await server.client().runs.get(thread, run))["status"])
    return "" if status in ("pending", "running") else status


def stages(server: ServerProcess, run_id: str) -> list[str]:
    """The stages that a run's events say were begun; a stage that was cut off by a kill is there twice."""
    events = RunFolder(server.results / run_id).read_events() if run_id else ()
    return [str(event["name"]) for event in events if event["kind"] == "stage" and event["state"] == "start"]
