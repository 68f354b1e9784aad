"""The part that runs on a node: one sandbox, opened there, and the jobs that it runs for the driver.

A Ray actor of several threads. Ray isolates nothing: generated code runs in the sandbox alone, as it does anywhere.
"""

import functools
import platform
import socket
import threading
from contextlib import ExitStack, nullcontext
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from runtime.box.protocol import Runner, Sandbox
from runtime.box.ray.content import ContentStore, ShippedInput
from runtime.box.ray.work import Message, Work
from runtime.box.registry import open_sandbox
from runtime.errors import SandboxUnavailable
from runtime.job import Job, Limits
from runtime.task import SandboxName

PACKAGES = ("arxla", "torch", "torch_xla", "numpy")


class ShippedJob(BaseModel):
    """A `Job` without paths of the driver's machine."""

    name: str
    entry: str
    payload: dict[str, Any]
    inputs: dict[str, ShippedInput]
    limits: Limits


class Opened(BaseModel):
    """What the driver learns of a node when its sandbox was opened."""

    host: str
    versions: dict[str, str]
    sandbox: str = ""
    """Its name; empty when there is none, for the reason in `refused`."""
    refused: str = ""


class NodeBox:
    """The actor. Every method returns soon; what a job says is fetched with `take`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._store = ContentStore()
        self._work: dict[str, Work] = {}
        self._sessions: dict[str, tuple[ExitStack, Runner]] = {}
        self._alone: threading.Lock | None = None
        self._sandbox: Sandbox | None = None

    def open(self, name: SandboxName, device: str) -> Opened:
        """Open the sandbox. An accelerator is used by one job at a time."""
        opened = Opened(host=socket.gethostname(), versions=versions())
        self._alone = None if device == "CPU" else threading.Lock()
        try:
            self._sandbox = open_sandbox(name, device)
        except SandboxUnavailable as unavailable:
            return opened.model_copy(update={"refused": str(unavailable)})
        return opened.model_copy(update={"sandbox": self._sandbox.name})

    def lacks(self, hashes: list[str]) -> list[str]:
        """Those contents that have to be sent."""
        with self._lock:
            return self._store.lacks(hashes)

    def add(self, sha256: str, part: bytes, first: bool, last: bool) -> None:
        """A part of a content."""
        with self._lock:
            self._store.add(sha256, part, first, last)

    def start(self, key: str, shipped: ShippedJob, session: str | None) -> None:
        """Begin a job, in a fresh process or in the warm one of a session."""
        alone = self._alone or nullcontext()
        self._work[key] = Work(partial(self._runner, session), partial(self._job, shipped), alone)

    def take(self, key: str) -> list[Message]:
        """What a job has said since the last time."""
        return self._work[key].take()

    def cancel(self, key: str) -> None:
        """Kill a job's tree."""
        if work := self._work.get(key):
            work.cancel()

    def drop(self, key: str) -> None:
        """Forget a job that was told to its end, or that nobody waits for."""
        if work := self._work.pop(key, None):
            work.drop()

    def end_session(self, session: str) -> None:
        """End a warm process."""
        with self._lock:
            found = self._sessions.pop(session, None)
        if found is not None:
            found[0].close()

    def close(self) -> None:
        """End every process and delete every file."""
        for session in list(self._sessions):
            self.end_session(session)
        if self._sandbox is not None:
            self._sandbox.close()
        self._store.close()

    def _job(self, shipped: ShippedJob, scratch: Path) -> Job:
        with self._lock:
            inputs = {name: self._store.place(entry) for name, entry in shipped.inputs.items()}
        fields = shipped.model_dump(exclude={"inputs"})
        return Job.model_validate(fields | {"inputs": inputs, "scratch": scratch})

    def _runner(self, session: str | None) -> Runner:
        assert self._sandbox is not None
        if session is None:
            return self._sandbox
        with self._lock:
            if session not in self._sessions:
                stack = ExitStack()
                self._sessions[session] = (stack, stack.enter_context(self._sandbox.session()))
            return self._sessions[session][1]


@functools.cache
def versions() -> dict[str, str]:
    """What has to be the same on each machine for the results to be the same."""
    return {"python": ".".join(platform.python_version_tuple()[:2]), **{name: _version(name) for name in PACKAGES}}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "missing"
