"""One paper run in a process of its own, with a scripted reader, that can be killed and measured from outside.

    python -m tests.graph.paper_child FOLDER PAPER [--kill-at N] [--workers N] [--chunk-characters N]

prints what was asked, how it ended and how much memory it took beyond its imports, in MB. The run ends at the brief.
"""

import argparse
import asyncio
import json
import os
import resource
import signal
from dataclasses import fields
from pathlib import Path
from typing import Any

from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from agents.contracts import ChunkRequest
from agents.registry import Agents
from graph.build import build_graph
from graph.services import Services
from runtime.errors import UnusableAnswer
from runtime.settings import load_settings
from tests.graph.scripts import Script

RUN_ID = "the-run"


def used_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def go(options: argparse.Namespace) -> dict[str, Any]:
    script = Script(summarizer=[UnusableAnswer("the end of this test")])
    script.chunk_characters = options.chunk_characters

    def kill(_request: ChunkRequest) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    if options.kill_at:
        script.chunks = {options.kill_at: kill}
    settings = load_settings(
        env_file=None, arxla_papers_dir=options.folder / "papers", arxla_parallel_chunks=options.workers
    )
    services = Services(
        settings,
        results=options.folder / "results",
        make_agents=lambda *_, **__: Agents(*[script] * len(fields(Agents))),
    )
    task = {"paper": str(options.paper), "dataset": "wine", "model": "expert"}
    config: Any = {"configurable": {"thread_id": RUN_ID}}
    before = used_mb()
    async with AsyncSqliteSaver.from_conn_string(str(options.folder / "checkpoints.sqlite")) as saver:
        graph = build_graph(services, saver)
        begun = (await graph.aget_state(config)).values
        first: Any = None if begun else {"task": task, "run_id": RUN_ID}
        async for _ in graph.astream(first, config, stream_mode="custom", durability="sync"):
            pass
        state = (await graph.aget_state(config)).values
    services.close()
    return {
        "asked": [one.number for one in script.asked if isinstance(one, ChunkRequest)],
        "read": [line["chunk_number"] for line in state["chunks"] if line["success"]],
        "outcome": state["outcome"],
        "message": state["message"],
        "stages": [visit["name"] for visit in state["stages"]],
        "extra_mb": round(used_mb() - before, 1),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("paper", type=Path)
    parser.add_argument("--kill-at", type=int, default=0)
    parser.add_argument("--workers", type=int, default=8)
    parser.add_argument("--chunk-characters", type=int, default=1_000)
    parsed = parser.parse_args()
    (parsed.folder / "results" / RUN_ID).mkdir(parents=True, exist_ok=True)
    print(json.dumps(asyncio.run(go(parsed))))
