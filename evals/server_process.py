"""An `arxla serve` of its own for tests and benchmarks: started, watched, interrupted, killed."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx
from langgraph_sdk import get_client
from langgraph_sdk.client import LangGraphClient

READY_S = 600.0
STOP_S = 60.0
POLL_S = 0.1
QUICK: dict[str, Any] = {
    "dataset": "wine",
    "target": "cpu",
    "trials": 0,
    "tuner": "random",
    "use_cache": False,
    "skip_literature_review": True,
}
"""The task of a run that is soon over."""


class ServerProcess:
    """One server in `folder`, where its results, its cached functions and its log lie too."""

    def __init__(
        self, folder: Path, jobs: int = 4, ui: bool = False, results: Path | None = None, **environment: str
    ) -> None:
        self.folder = folder
        self.results = results or folder / "results"
        self.log = folder / "server.log"
        self.port = _free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.token = environment.get("ARXLA_SERVER_TOKEN")
        self._command = [sys.executable, "-m", "arxla", "serve", "--port", str(self.port), "--jobs", str(jobs)]
        self._command += [] if ui else ["--no-ui"]
        self._environment = {**os.environ, "ARXLA_OUT": str(self.results), **environment}
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "ServerProcess":
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.kill()

    def start(self) -> None:
        """Start it and wait until it answers. Raises `RuntimeError` with its log when it does not."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, cwd=self.folder, env=self._environment, stdout=log, stderr=subprocess.STDOUT
            )
        deadline = time.monotonic() + READY_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"The server did not start:\n{self.log.read_text()[-4000:]}")
            time.sleep(POLL_S)

    def interrupt(self) -> int:
        """Press Ctrl-C; the exit code."""
        process = self._running()
        process.send_signal(signal.SIGINT)
        return process.wait(STOP_S)

    def kill(self) -> None:
        """kill -9, which nothing can prepare for."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(STOP_S)

    def client(self) -> LangGraphClient:
        """A new SDK client that shows the server's token."""
        return get_client(url=self.address, api_key=self.token)

    def processes(self) -> set[int]:
        """The server's process and all below it now."""
        return family(self._running().pid)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise RuntimeError("the server was not started")
        return self._process

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.address}/ok", timeout=2, trust_env=False).is_success
        except httpx.TransportError:
            return False


def family(process: int) -> set[int]:
    """A process and all below it now."""
    parents = _parents()
    found, size = {process}, 0
    while len(found) > size:
        size = len(found)
        found |= {child for child, parent in parents.items() if parent in found}
    return found


def alive(processes: set[int]) -> set[int]:
    """Those that still run."""
    return processes & _parents().keys()


def _parents() -> dict[int, int]:
    """The parent of each process that runs; zombies don't."""
    parents = {}
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = place.read_text().rpartition(")")[2].split()[:2]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if state != "Z":
            parents[int(place.parent.name)] = int(parent)
    return parents


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
