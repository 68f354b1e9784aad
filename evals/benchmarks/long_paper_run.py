"""One brief in a process of its own, whose memory is watched from outside: what `long_paper` starts.

`python -m evals.benchmarks.long_paper_run PAPER FOLDER MODEL [--workers N] [--num-chunks N] [--delay S]
[--tokens-per-minute N]` says `ready` when everything is imported, waits for a line, and prints what came of it as JSON.
"""

import argparse
import asyncio
import json
import time
from pathlib import Path
from typing import Any

import runtime.models.calls
import runtime.models.openai_provider
from graph.build_brief import build_brief_graph
from graph.services import Services
from runtime.models.names import connect, parse_model_name
from runtime.settings import load_settings
from tools.results.folder import RunFolder

IMPORTED = (runtime.models.openai_provider, runtime.models.calls)
"""What a run imports when it first asks a model: imports are not what is measured."""


async def brief(options: argparse.Namespace) -> dict[str, Any]:
    """Seconds of the whole and of each stage, and how many chunks were read and how many of them were cached."""
    settings = load_settings(
        env_file=None,
        arxla_papers_dir=options.folder / "papers",
        arxla_parallel_chunks=options.workers,
        chunk_processing_delay=options.delay,
        arxla_tokens_per_minute=options.tokens_per_minute,
    )
    connect(parse_model_name(options.model), settings)
    task = settings.task(paper=str(options.paper), model=options.model, num_chunks=options.num_chunks)
    folder = RunFolder.create(options.folder / "results", options.run)
    services = Services(settings, results=folder.path.parent)
    print("ready", flush=True)
    input()
    began = time.perf_counter()
    stages: dict[str, float] = {}
    state: dict[str, Any] = {}
    given: Any = {"task": task.model_dump(mode="json"), "run_id": folder.id}
    parts: Any = build_brief_graph(services).astream(given, stream_mode=["values", "custom"])
    async for mode, part in parts:
        if mode == "values":
            state = part
        elif part["kind"] == "stage" and part["state"] == "end":
            stages[part["name"]] = part["seconds"]
    seconds = time.perf_counter() - began
    services.close()
    lines = state.get("chunks", [])
    return {
        "seconds": seconds,
        "stages": stages,
        "chunks": len(lines),
        "failed": sum(not line["success"] for line in lines),
        "cached": sum(line["cached"] for line in lines),
        "characters": sum(line["characters"] for line in lines),
        "chunk_tokens": services.ledger(folder).tokens_of("chunk"),
        "message": state.get("message", ""),
        "coverage": state.get("brief", {}).get("coverage", 0.0),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paper", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("model")
    parser.add_argument("--run", default="run")
    parser.add_argument("--workers", type=int, default=32)
    parser.add_argument("--num-chunks", type=int)
    parser.add_argument("--delay", type=float, default=0.0)
    parser.add_argument("--tokens-per-minute", type=int)
    print(json.dumps(asyncio.run(brief(parser.parse_args()))))
