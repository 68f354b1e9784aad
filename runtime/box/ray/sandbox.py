"""A `Sandbox` whose jobs run in boxes on the nodes of a Ray cluster."""

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from runtime.box.protocol import Runner
from runtime.box.ray.cluster import Cluster, Node
from runtime.box.ray.content import Digests
from runtime.box.ray.remote import Hearing, NodeLost, RemoteBox
from runtime.box.ray.seats import Seats
from runtime.errors import SandboxFailure, SandboxUnavailable
from runtime.events import Emit, ignore_events
from runtime.job import ExecutionResult, Job, Status
from runtime.task import SandboxName, Target

ATTEMPTS = 3
"""Nodes that one job may lose."""
MOST_SIDE_BY_SIDE = 64
ACCELERATORS = {"CUDA": "GPU", "NEURON": "neuron_cores", "TPU": "TPU"}
"""PJRT's names of devices, and Ray's."""


def open_on_ray(address: str | None, name: SandboxName = "auto", device: str = "CPU") -> "RaySandbox":
    """Open the sandbox `name` on each node of the cluster at `address` (None: a Ray of this machine alone).

    Raises `InputError` when there is no such cluster, and `SandboxUnavailable` when a node can't run what is run here.
    """
    cluster = Cluster.join(address)
    try:
        return RaySandbox(cluster, name, device)
    except BaseException:
        cluster.leave()
        raise


class RaySandbox:
    """Ray chooses the node of each job. A job whose node is lost runs again on another one, three times in all."""

    def __init__(self, cluster: Cluster, name: SandboxName, device: str) -> None:
        self._cluster, self._name, self._device = cluster, name, device
        self._bundle = {"CPU": 1.0} | ({ACCELERATORS[device]: 1.0} if device in ACCELERATORS else {})
        self._digests = Digests()
        self._lock = threading.Lock()
        self._boxes: dict[str, RemoteBox] = {}
        self._seats = Seats(self._bundle, lambda: bool(self._useful_nodes()))
        for box in [self._asked(node) for node in self._useful_nodes()]:
            try:
                box.wait_open()
            except NodeLost:  # Ray takes some seconds to see that a node is gone
                self._forget(box.node.id)
        if not self._boxes:
            wanted = " and ".join(self._bundle)
            raise SandboxUnavailable(f"No node of the Ray cluster has {wanted}: add one, or choose another --target.")
        self.name = next(iter(self._boxes.values())).name

    def side_by_side(self, target: Target) -> int:
        """Jobs at once that pay: one for each CPU on eager PyTorch; XLA uses all of a node's, and so a node has one."""
        nodes = self._useful_nodes()
        places = sum(int(node.resources["CPU"]) for node in nodes) if target == "cpu" else len(nodes)
        return max(1, min(places, MOST_SIDE_BY_SIDE))

    def run(self, job: Job, emit: Emit = ignore_events, cancel: threading.Event | None = None) -> ExecutionResult:
        """See `protocol.Runner.run`: a process of its own, on the node that Ray chooses."""
        return self._attempt(job, emit, cancel, None)

    @contextmanager
    def session(self) -> Iterator[Runner]:
        """See `protocol.Sandbox.session`."""
        session = RaySession(self)
        try:
            yield session
        finally:
            session.close()

    def close(self) -> None:
        """End every process on every node, and the Ray that was started here."""
        self._seats.close()
        with self._lock:
            boxes, self._boxes = list(self._boxes.values()), {}
        for box in boxes:
            box.close()
        self._cluster.leave()

    def _attempt(
        self, job: Job, emit: Emit, cancel: threading.Event | None, session: "RaySession | None"
    ) -> ExecutionResult:
        hearing = Hearing(emit)
        for _ in range(ATTEMPTS):
            seat = self._seats.take(session.node if session else None, emit, cancel)
            if seat is None:
                return ExecutionResult(status=Status.CANCELLED, detail="The job was cancelled.", sandbox=self.name)
            lost = None
            try:
                box = self._box(seat.node)
                if session is not None:
                    session.node = seat.node
                    session.used[seat.node] = box
                return box.run(job, session.key if session else None, hearing, cancel)
            except NodeLost as fault:
                lost = fault
            finally:
                if lost is None:
                    self._seats.leave(seat)
                else:
                    self._seats.lose(seat)
            self._forget(seat.node)
            hearing.begin_again()
            emit({"kind": "note", "text": f"{lost}; {job.name} runs again on another node"})
        raise SandboxFailure(f"The job {job.name!r} lost {ATTEMPTS} nodes of the Ray cluster, one after another.")

    def _box(self, node_id: str) -> RemoteBox:
        """The box on a node, opened there when a node has joined. Raises `NodeLost` and `SandboxUnavailable`."""
        with self._lock:
            box = self._boxes.get(node_id)
        if box is None:
            node = next((node for node in self._cluster.nodes() if node.id == node_id), None)
            if node is None:
                raise NodeLost("a Ray node was lost")
            box = self._asked(node)
        box.wait_open()
        return box

    def _asked(self, node: Node) -> RemoteBox:
        with self._lock:
            if node.id not in self._boxes:
                self._boxes[node.id] = RemoteBox(node, self._name, self._device, self._digests)
            return self._boxes[node.id]

    def _forget(self, node_id: str) -> None:
        with self._lock:
            self._boxes.pop(node_id, None)

    def _useful_nodes(self) -> list[Node]:
        return [
            node
            for node in self._cluster.nodes()
            if all(node.resources.get(name, 0.0) >= amount for name, amount in self._bundle.items())
        ]


class RaySession:
    """A `Runner` with a warm process on the node that it used last; another one is begun where it has to move."""

    def __init__(self, sandbox: RaySandbox) -> None:
        self._sandbox = sandbox
        self._lock = threading.Lock()
        self.key = secrets.token_hex(8)
        self.node: str | None = None
        self.used: dict[str, RemoteBox] = {}

    def run(self, job: Job, emit: Emit = ignore_events, cancel: threading.Event | None = None) -> ExecutionResult:
        """See `protocol.Runner.run`: one job at a time."""
        with self._lock:
            return self._sandbox._attempt(job, emit, cancel, self)

    def close(self) -> None:
        """End the warm processes."""
        for box in self.used.values():
            box.end_session(self.key)
