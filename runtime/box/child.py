"""One isolated process as the trusted side sees it, however it was started."""

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from runtime.job import Limits

COLD_BASELINE_MB = 1200
"""What a cold process needs for Python, torch and torch_xla before any generated code; a warm one's is measured."""


@dataclass(frozen=True)
class Exit:
    """How the process ended."""

    code: int | None
    signal: int | None
    peak_mb: float = 0.0
    cpu_s: float = 0.0
    out_of_memory: bool = False


@dataclass(frozen=True)
class Launch:
    """What a process is started with: bounds, and host paths that it may read under /in."""

    limits: Limits
    inputs: Mapping[str, Path]
    lasting: bool = False
    """It serves many jobs, so that no limit of a single job may be set once for its whole life."""


class Child(Protocol):
    """A started process that waits for requests."""

    pid: int
    """As seen by this process."""
    requests: int
    replies: int
    stdout: int
    stderr: int
    scratch: int
    """Descriptor of its writable folder."""
    scratch_path: str
    """The same, as the code inside sees it."""
    inputs: dict[str, str]
    """Names to the paths inside."""
    exit_fd: int
    """Becomes readable when the process has ended."""
    baseline_mb: float
    """Memory that it holds before any job."""

    active: Mapping[str, Any]
    """Which protections are on, for reports."""

    def kill(self) -> None:
        """End the whole tree at once; harmless when it has ended."""
        ...

    def starved(self) -> bool:
        """The kernel ended one of its processes because the memory bound was reached."""
        ...

    def reap(self, timeout_s: float) -> Exit | None:
        """How it ended, or None when it still runs after `timeout_s`."""
        ...

    def close(self) -> None:
        """Kill it if it runs, and give every descriptor back."""
        ...


class Launcher(Protocol):
    """Starts isolated processes: what tells one sandbox from another."""

    name: str

    def launch(self, start: Launch) -> Child:
        """A new process, ready for its first request. Raises `SandboxFailure`."""
        ...

    def close(self) -> None:
        """End every process that was started."""
        ...


@dataclass
class Pipes:
    """The four pipes of a child; `theirs` are the ends that go into the box."""

    requests: int
    replies: int
    stdout: int
    stderr: int
    theirs: list[int] = field(default_factory=list)
    life: int | None = None
    """An end whose closing makes a guard end the child; None where nothing watches it."""

    @classmethod
    def make(cls) -> "Pipes":
        """Fresh pipes; `theirs` is (requests, replies, stdout, stderr)."""
        requests_in, requests = os.pipe()
        replies, replies_out = os.pipe()
        stdout, stdout_in = os.pipe()
        stderr, stderr_in = os.pipe()
        return cls(requests, replies, stdout, stderr, [requests_in, replies_out, stdout_in, stderr_in])

    def close_theirs(self) -> None:
        """After the child holds them."""
        for fd in self.theirs:
            os.close(fd)
        self.theirs = []

    def close(self) -> None:
        """Close every end that is left."""
        self.close_theirs()
        for fd in (self.requests, self.replies, self.stdout, self.stderr, self.life):
            if fd is not None:
                os.close(fd)


def receive_ready(channel: socket.socket, timeout_s: float) -> tuple[bytes, list[int]]:
    """The message with which a child says that it is isolated and waits, with the descriptors that came along.

    Raises TimeoutError, and EOFError when it ended first.
    """
    channel.settimeout(timeout_s)
    message, fds, _flags, _address = socket.recv_fds(channel, 65536, 4)
    if not message:
        raise EOFError
    return message, fds
