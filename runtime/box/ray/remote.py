"""The driver's side of one node: opens the box there, ships jobs to it and hears them out."""

import contextlib
import os
import secrets
import threading
from pathlib import Path
from typing import Any

import ray
from ray.exceptions import GetTimeoutError, RayActorError, RayError, RayTaskError
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from runtime.box.outputs import collect
from runtime.box.ray.cluster import Node
from runtime.box.ray.content import Digests, parts_of
from runtime.box.ray.node import NodeBox, Opened, ShippedJob, versions
from runtime.box.ray.work import ENDS
from runtime.box.temporary import HeldFolder
from runtime.errors import SandboxFailure, SandboxUnavailable
from runtime.events import Event
from runtime.job import ExecutionResult, Job
from runtime.task import SandboxName

OPEN_TIMEOUT_S = 120.0
"""A node's first Python process may have to read Ray from a cold disk."""
SILENCE_S = 60.0
"""A node that has not answered for so long is taken for lost; jobs that say nothing are asked four times a second."""
CLOSE_TIMEOUT_S = 10.0
MOST_CALLS = 128
"""At once on one node: each job has at most one that waits."""


class NodeLost(Exception):
    """The node died, or can't be reached, before the job ended; its message is a sentence."""


class RemoteBox:
    """A box on one node. It ends with this process: Ray kills actors whose driver is gone."""

    def __init__(self, node: Node, name: SandboxName, device: str, digests: Digests) -> None:
        """Asks for it; `wait_open` says what came of it."""
        self.node = node
        self.name = ""
        self._digests = digests
        self._sending = threading.Lock()
        here = NodeAffinitySchedulingStrategy(node.id, soft=False)
        actor: Any = ray.remote(NodeBox).options(num_cpus=0, max_concurrency=MOST_CALLS, scheduling_strategy=here)
        self._box: Any = actor.remote()
        self._opening = self._box.open.remote(name, device)

    def wait_open(self) -> None:
        """Raises `NodeLost`, and `SandboxUnavailable` when the node can't run what is run here."""
        try:
            opened: Opened = ray.get(self._opening, timeout=OPEN_TIMEOUT_S)
        except RayTaskError as fault:  # the class could not be read there
            raise SandboxUnavailable(_foreign(self.node.host, _last_line(fault))) from fault
        except RayActorError as fault:
            if "ModuleNotFoundError" in str(fault) or "ImportError" in str(fault):
                raise SandboxUnavailable(_foreign(self.node.host, _last_line(fault))) from fault
            raise self._lost(fault) from fault
        except RayError as fault:
            raise self._lost(fault) from fault
        if different := [f"{name} {found}, here {mine}" for name, found, mine in _differences(opened.versions)]:
            raise SandboxUnavailable(_foreign(opened.host, "; ".join(different)))
        if opened.refused:
            raise SandboxUnavailable(f"On the Ray node {opened.host}: {opened.refused}")
        self.name = opened.sandbox

    def run(
        self, job: Job, session: str | None, emit: "Hearing", cancel: threading.Event | None = None
    ) -> ExecutionResult:
        """One job to its end. Raises `NodeLost`, and `SandboxFailure` when the box there broke."""
        key = secrets.token_hex(8)
        outputs = HeldFolder("ray-outputs")
        try:
            self._ask("start", key, self._ship(job), session)
            ended = self._hear(key, emit, cancel, outputs.path)
            result = ExecutionResult.model_validate_json(ended)
            _move(outputs.path, job)
            return result.model_copy(update={"node": self.node.host})
        finally:
            self._box.drop.remote(key)
            outputs.remove()

    def end_session(self, session: str) -> None:
        """End its warm process; a node that is gone has ended it already."""
        self._box.end_session.remote(session)

    def close(self) -> None:
        """End everything on the node."""
        with contextlib.suppress(RayError):  # gone, or so slow that it is killed
            ray.get(self._box.close.remote(), timeout=CLOSE_TIMEOUT_S)
        ray.kill(self._box)

    def _hear(self, key: str, emit: "Hearing", cancel: threading.Event | None, outputs: Path) -> str:
        told = False
        while True:
            if not told and cancel is not None and cancel.is_set():
                self._ask("cancel", key)
                told = True
            for kind, content in self._ask("take", key):
                if kind == "event":
                    emit(content)
                elif kind == "output":
                    _write(outputs, *content)
                elif kind == "failure":
                    raise SandboxFailure(f"{content} (on the Ray node {self.node.host})")
                elif kind == "bug":
                    raise RuntimeError(f"arxla failed on the Ray node {self.node.host}:\n{content}")
                assert kind not in ENDS or kind == "result"
                if kind == "result":
                    return str(content)

    def _ship(self, job: Job) -> ShippedJob:
        """Send what the node lacks, each content once, a part at a time."""
        described = {name: self._digests.describe(path) for name, path in job.inputs.items()}
        places = {sha: place for _, found in described.values() for sha, place in found.items()}
        with self._sending:
            for sha in self._ask("lacks", list(places)):
                self._send(sha, places[sha])
        inputs = {name: shipped for name, (shipped, _) in described.items()}
        return ShippedJob(name=job.name, entry=job.entry, payload=job.payload, inputs=inputs, limits=job.limits)

    def _send(self, sha: str, place: Path) -> None:
        left, first = place.stat().st_size, True
        for part in parts_of(place):
            left -= len(part)
            self._ask("add", sha, ray.put(part), first, left <= 0)
            first = False

    def _ask(self, method: str, *arguments: Any) -> Any:
        try:
            return ray.get(getattr(self._box, method).remote(*arguments), timeout=SILENCE_S)
        except RayTaskError as fault:
            if isinstance(fault.cause, OSError | SandboxFailure):
                raise SandboxFailure(f"The box on the Ray node {self.node.host} broke: {fault.cause}") from fault
            raise
        except RayError as fault:
            raise self._lost(fault) from fault

    def _lost(self, fault: RayError) -> NodeLost:
        silent = f"has not answered for {SILENCE_S:g} s"
        return NodeLost(f"the Ray node {self.node.host} {silent if isinstance(fault, GetTimeoutError) else 'was lost'}")


class Hearing:
    """Passes a job's events on. When the job runs again, what was heard of it before is not told twice."""

    def __init__(self, emit: Any) -> None:
        self._emit = emit
        self._heard = self._again = 0

    def __call__(self, event: Event) -> None:
        if self._again < self._heard:
            self._again += 1
            return
        self._heard += 1
        self._again += 1
        self._emit(event)

    def begin_again(self) -> None:
        """The same job starts from its beginning."""
        self._again = 0


def _differences(theirs: dict[str, str]) -> list[tuple[str, str, str]]:
    return [(name, theirs.get(name, "missing"), mine) for name, mine in versions().items() if theirs.get(name) != mine]


def _foreign(host: str, what: str) -> str:
    return f"The Ray node {host} has not what this machine has ({what}): install the same arxla and packages on each."


def _last_line(fault: Exception) -> str:
    return str(fault).strip().splitlines()[-1].strip()[:300]


def _write(folder: Path, name: str, part: bytes, first: bool) -> None:
    """A part of a file that the job left; `name` comes from our own code on the node, and stays below `folder`."""
    place = folder / name
    if not place.resolve().is_relative_to(folder.resolve()):
        raise SandboxFailure(f"A Ray node sent a file for another folder: {name[:100]!r}.")
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("wb" if first else "ab") as file:
        file.write(part)


def _move(outputs: Path, job: Job) -> None:
    """Into the job's scratch folder, the way a local box does it."""
    folder = os.open(outputs, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        collect(folder, job.scratch, job.limits.scratch_mb << 20)
    finally:
        os.close(folder)
