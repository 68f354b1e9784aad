"""`langgraph dev` serves the graphs as `langgraph.json` says; a client drives them with langgraph-sdk."""

import json
import os
import re
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


LISTEN = """
import json, sys

def write(*words):
    with open({path!r}, "a") as log:
        log.write(json.dumps(words) + "\\n")

def listen(event, arguments):
    if event in ("socket.connect", "socket.sendto"):
        write(event, repr(arguments[1]))
    elif event == "socket.getaddrinfo":
        write(event, repr(arguments[0]))

write("listening", "localhost")
sys.addaudithook(listen)
"""
"""Python's own word on every connection; what the event loop makes without Python goes to a proxy that listens."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The server's own, so that nothing is written into the repository."""
    folder = tmp_path_factory.mktemp("server")
    (folder / "langgraph.json").symlink_to(ROOT / "langgraph.json")
    (folder / "ear").mkdir()
    (folder / "ear" / "sitecustomize.py").write_text(LISTEN.format(path=str(folder / "connections")))
    return folder


@pytest.fixture(scope="module")
def proxy() -> Iterator[socket.socket]:
    """Where every request to another machine would go."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        yield listener


@pytest.fixture(scope="module")
def server(folder: Path, proxy: socket.socket) -> Iterator[str]:
    port = free_port()
    command = [str(Path(sys.executable).parent / "langgraph"), "dev", "--no-browser", "--no-reload"]
    command += ["--port", str(port), "--n-jobs-per-worker", "4"]
    through = f"http://127.0.0.1:{proxy.getsockname()[1]}"
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("LANGSMITH", "LANGCHAIN"))}
    environment |= dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"), through)
    environment |= {"PYTHONPATH": str(folder / "ear"), "LANGGRAPH_CLI_NO_ANALYTICS": "1", "NO_PROXY": "127.0.0.1"}
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            command, cwd=folder, env={**environment, "ARXLA_OUT": str(folder / "results")}, stdout=log, stderr=log
        )
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 270
        while not is_ready(address):
            assert process.poll() is None and time.monotonic() < deadline, (folder / "log").read_text()
            time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait(30)


def is_ready(address: str) -> bool:
    try:
        return httpx.get(f"{address}/ok", timeout=2, trust_env=False).is_success
    except httpx.TransportError:
        return False


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
    again = {"role": "user", "content": "how accurate is it?"}
    after = await client.runs.wait(thread["thread_id"], "arxla", input={"messages": [again]})
    score = re.search(r"test accuracy (0\.\d+)", state["message"])
    assert score and score[1] in after["messages"][-1]["content"]


async def test_the_schema_offers_a_chat_and_a_form(server: str) -> None:
    client = get_client(url=server)
    assistants = await client.assistants.search(graph_id="arxla")
    schemas = await client.assistants.get_schemas(assistants[0]["assistant_id"])
    assert {"messages", "task"} <= schemas["input_schema"]["properties"].keys()
    assert "size_limit_kb" in schemas["context_schema"]["properties"]


async def test_each_graph_has_schemas_and_a_drawing(server: str) -> None:
    client = get_client(url=server)
    found = {it["graph_id"]: it["assistant_id"] for it in await client.assistants.search()}
    assert found.keys() == {"arxla", "research", "brief", "review"}
    for assistant in found.values():
        assert (await client.assistants.get_schemas(assistant))["input_schema"]["properties"]
        assert len((await client.assistants.get_graph(assistant))["nodes"]) > 2


async def test_the_page_is_there_and_a_foreign_page_is_not_let_in(server: str) -> None:
    async with httpx.AsyncClient(base_url=server, trust_env=False, follow_redirects=True) as client:
        page = await client.get("/ui")
        assert page.status_code == 200 and "arxla" in page.text
        foreign = await client.post("/threads", json={}, headers={"origin": "https://evil.example"})
        assert foreign.status_code == 403


async def test_nothing_was_sent_to_another_machine(server: str, folder: Path, proxy: socket.socket) -> None:
    """After the runs of the other tests of this file."""
    assert is_ready(server)
    with pytest.raises(BlockingIOError):
        proxy.accept()
    seen = [json.loads(line) for line in (folder / "connections").read_text().splitlines()]
    assert seen[0] == ["listening", "localhost"]
    assert [it for it in seen if not any(near in it[1] for near in ("127.0.0.1", "localhost", "'/", "None"))] == []
