"""`langgraph dev` serves the graph as `langgraph.json` says; a client drives it with langgraph-sdk."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from langgraph_sdk import get_client

from tests.graph.test_paper_runs import paper

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.box
TASK = {"dataset": "wine", "target": "cpu", "trials": 2, "tuner": "random", "use_cache": False}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder, port = tmp_path_factory.mktemp("server"), free_port()
    for name in ("langgraph.json", "graph"):  # the server's own folder, so that nothing is written into the repository
        (folder / name).symlink_to(ROOT / name)
    command = [Path(sys.executable).parent / "langgraph", "dev"]
    flags = ["--no-browser", "--no-reload", "--port", str(port), "--n-jobs-per-worker", "4"]
    quiet = {"LANGGRAPH_CLI_NO_ANALYTICS": "1", "LANGGRAPH_NO_VERSION_CHECK": "true", "LANGSMITH_TRACING": "false"}
    log = (folder / "log").open("w")
    process = subprocess.Popen(
        [*command, *flags], cwd=folder, env={**os.environ, **quiet, "ARXLA_OUT": str(folder / "results")},
        stdout=log, stderr=subprocess.STDOUT,
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(240):
            assert process.poll() is None, (folder / "log").read_text()
            try:
                if httpx.get(f"{address}/ok", timeout=2).is_success:
                    break
            except httpx.TransportError:
                time.sleep(0.25)
        yield address
    finally:
        process.terminate()
        process.wait(30)
        log.close()


async def test_a_task_runs_to_success_and_streams_its_stages(server: str) -> None:
    client = get_client(url=server)
    thread = await client.threads.create()
    stages = []
    async for part in client.runs.stream(
        thread["thread_id"], "arxla", input={"task": TASK}, stream_mode=["custom"], context={"size_limit_kb": 64}
    ):
        if part.event == "custom" and part.data["kind"] == "stage" and part.data["state"] == "end":
            stages.append(part.data["name"])
    state: dict[str, Any] = (await client.threads.get_state(thread["thread_id"]))["values"]
    assert state["outcome"] == "SUCCESS", state.get("message")
    assert state["evidence"]["size_limit_kb"] == 64
    assert stages == ["intake", "dataset", "research", "code", "review", "execute", "tune", "finalize", "report"]
    assert "test accuracy" in state["messages"][-1]["content"]


async def test_a_paper_is_read_and_its_chunks_are_streamed(server: str, tmp_path: Path) -> None:
    client, read = get_client(url=server), []
    thread = await client.threads.create()
    task = {**TASK, "paper": paper(tmp_path), "num_chunks": 5, "trials": 0, "skip_literature_review": True}
    async for part in client.runs.stream(thread["thread_id"], "arxla", input={"task": task}, stream_mode=["custom"]):
        if part.event == "custom" and part.data["kind"] == "chunk":
            read.append((part.data["chunk_number"], part.data["done"]))
    state: dict[str, Any] = (await client.threads.get_state(thread["thread_id"]))["values"]
    assert state["outcome"] == "SUCCESS", state.get("message")
    assert sorted(number for number, _ in read) == [1, 2, 3, 4, 5] and read[-1][1] == 5
    assert state["brief"]["coverage"] == 1 and state["brief"]["title"] == "Blocks of Many Widths"


async def test_a_chat_message_is_enough(server: str) -> None:
    client = get_client(url=server)
    thread = await client.threads.create()
    message = {"role": "user", "content": "train a tiny model on wine on cpu with 0 trials"}
    state = await client.runs.wait(thread["thread_id"], "arxla", input={"messages": [message]})
    assert state["task"]["dataset"] == "wine"
    assert state["outcome"] == "SUCCESS", state.get("message")
    again = {"role": "user", "content": "and now iris"}
    state = await client.runs.wait(thread["thread_id"], "arxla", input={"messages": [again]})
    assert "new thread" in state["messages"][-1]["content"]
    assert state["task"]["dataset"] == "wine"


async def test_the_schema_offers_a_chat_and_a_form(server: str) -> None:
    client = get_client(url=server)
    assistants = await client.assistants.search(graph_id="arxla")
    schemas = await client.assistants.get_schemas(assistants[0]["assistant_id"])
    assert {"messages", "task"} <= schemas["input_schema"]["properties"].keys()
    assert "size_limit_kb" in schemas["context_schema"]["properties"]
