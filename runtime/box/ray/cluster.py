"""This process's connection to a Ray cluster, of which Ray allows one."""

import contextlib
import ctypes
import logging
import os
import signal
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import ray

from runtime.box.ray.address import check_ray
from runtime.box.ray.head import Head, authentication
from runtime.errors import SandboxUnavailable

CONNECT_TIMEOUT_S = 60.0
_TAKEN_BY_RAY = (signal.SIGTERM, signal.SIGABRT, signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGFPE)
_SIGACTION_BYTES = 256
"""More than glibc's struct sigaction has."""


@dataclass(frozen=True)
class Node:
    """A living node and what it offers."""

    id: str
    host: str
    resources: Mapping[str, float]


class Cluster:
    """The cluster at `address`, or a Ray that is started here and ends with us; everybody in this process shares it.

    A program that has called `ray.init` itself stays connected as it is. Raises `InputError` when there is no Ray or
    nobody answers, and `SandboxUnavailable` when the connection fails otherwise.
    """

    _lock: ClassVar[threading.Lock] = threading.Lock()
    _current: ClassVar["Cluster | None"] = None
    _users: ClassVar[int] = 0

    @classmethod
    def join(cls, address: str | None) -> "Cluster":
        """The process's one connection, made for the first who asks."""
        with cls._lock:
            if cls._current is None:
                cls._current = cls(address)
            cls._users += 1
            return cls._current

    @classmethod
    def leave(cls) -> None:
        """After a `join`; the last one who leaves ends the connection."""
        with cls._lock:
            cls._users -= 1
            if cls._users == 0 and cls._current is not None:
                cls._current._close()
                cls._current = None

    def __init__(self, address: str | None) -> None:
        check_ray(address)
        self._head: Head | None = None
        self._ours = not ray.is_initialized()
        if not self._ours:
            return
        logging.getLogger("ray").setLevel(logging.CRITICAL)
        ray._private.worker.print_to_stdstream = _log  # what dying nodes say; it belongs on nobody's stdout
        if address is None:
            os.environ.update(authentication())
            ray._raylet.Config.initialize("")  # type: ignore[attr-defined]  # it has read the variables already
            self._head = Head()
        try:
            _connect(self._head.address if self._head else str(address))
        except SandboxUnavailable:
            self._close()
            raise

    def nodes(self) -> list[Node]:
        """Those that are alive."""
        return [
            Node(found["NodeID"], found["NodeManagerHostname"], found["Resources"])
            for found in ray.nodes()  # type: ignore[no-untyped-call]
            if found["Alive"]
        ]

    def _close(self) -> None:
        if self._ours:
            ray.shutdown()
        if self._head is not None:
            self._head.close()
            self._head = None


def _log(data: Any, ignore_prefix: bool) -> None:  # noqa: ARG001
    for line in data.get("lines", []):
        logging.getLogger(__name__).info("%s", line)


def _connect(address: str) -> None:
    """`ray.init` in a thread: with a time limit, and without the handler of SIGTERM that it sets in a main thread."""
    faults: list[Exception] = []

    def connect() -> None:
        try:
            ray.init(address, log_to_driver=False, configure_logging=False, logging_level=logging.CRITICAL)
        except Exception as fault:  # noqa: BLE001  a ConnectionError, RuntimeError, ValueError or one of Ray's own
            faults.append(fault)

    thread = threading.Thread(target=connect, name="ray-connect", daemon=True)
    with _signals_kept():
        thread.start()
        thread.join(CONNECT_TIMEOUT_S)
    if thread.is_alive() or faults:
        reason = str(faults[0]).strip().splitlines()[0] if faults else f"no answer in {CONNECT_TIMEOUT_S:g} s"
        raise SandboxUnavailable(f"The Ray cluster at {address} can't be used: {reason[:300]}")


@contextlib.contextmanager
def _signals_kept() -> Iterator[None]:
    """Ray's handlers in C print a stack and abort three seconds after a SIGTERM, however it was answered."""
    libc = ctypes.CDLL(None)
    kept = {number: ctypes.create_string_buffer(_SIGACTION_BYTES) for number in _TAKEN_BY_RAY}
    for number, action in kept.items():
        libc.sigaction(int(number), None, action)
    try:
        yield
    finally:
        for number, action in kept.items():
            libc.sigaction(int(number), action, None)
