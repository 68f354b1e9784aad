"""The graphs that `langgraph.json` names: each run of a thread holds the thread's lease while it works."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.graph.state import CompiledStateGraph
from langgraph_sdk.runtime import ServerRuntime

from arxla.serving.leases import thread_lease
from arxla.serving.server import SERVER, services
from arxla.serving.work import AT_WORK, Work
from graph.build import build_graph
from graph.build_brief import build_brief_graph
from graph.build_research import build_research_graph
from graph.build_review import build_review_graph
from graph.services import Services

LEASE_WAIT_S = 5.0
"""A killed server's leases are free at once; whoever holds one longer is at work."""
Graph = CompiledStateGraph[Any, Any, Any, Any]
Build = Callable[[Services], Graph]


def served(build: Build) -> Callable[..., Any]:
    """A factory as the server calls it: for reading a thread, and for each run of one."""

    @cache
    def graph() -> Graph:
        return build(services())

    @asynccontextmanager
    async def factory(config: RunnableConfig, runtime: ServerRuntime[Any]) -> AsyncIterator[Graph]:
        compiled = await asyncio.to_thread(graph)
        if runtime.access_context != "threads.create_run" or SERVER.leases is None:
            yield compiled
            return
        given = config.get("configurable", {})
        async with working(str(given["thread_id"]), str(given["run_id"])):
            yield compiled

    return factory


@asynccontextmanager
async def working(thread_id: str, run_id: str) -> AsyncIterator[None]:
    """Hold a thread's lease and its run's folders. Sends the run back to the queue while another server has it."""
    from langgraph_api.errors import UserInterrupt
    from langgraph_runtime.retry import RetryableException

    if SERVER.leases is None:
        raise RuntimeError("the server's checkpointer was not opened")
    lease, task = thread_lease(thread_id), asyncio.current_task()
    async with SERVER.leases.hold(lease, LEASE_WAIT_S) as held:
        if not held:
            raise RetryableException(f"Another server is at work on thread {thread_id}; the run waits for it.")
        work = Work()
        token = AT_WORK.set(work)
        if task is not None:
            task.set_name(lease)
            SERVER.executing[run_id] = task
        try:
            yield
        except (UserInterrupt, asyncio.CancelledError) as fault:
            if isinstance(fault, UserInterrupt) or not SERVER.has_run(run_id):
                await asyncio.to_thread(work.cancelled)
            raise
        finally:
            SERVER.executing.pop(run_id, None)
            AT_WORK.reset(token)
            await asyncio.to_thread(work.close)


arxla = served(build_graph)
brief = served(build_brief_graph)
research = served(build_research_graph)
review = served(build_review_graph)
