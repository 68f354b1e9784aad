"""The contract of every sandbox."""

import threading
from contextlib import AbstractContextManager
from typing import Protocol, runtime_checkable

from runtime.events import Emit, ignore_events
from runtime.job import ExecutionResult, Job
from runtime.task import Target


class Runner(Protocol):
    """Anything that runs boxed jobs."""

    def run(self, job: Job, emit: Emit = ignore_events, cancel: threading.Event | None = None) -> ExecutionResult:
        """Run one job to its end; blocking, safe to call from several threads.

        Generated code that misbehaves is a `Status`, never an exception. Setting `cancel` kills the job's tree.
        Raises `SandboxFailure` when the box itself broke.
        """
        ...


class Sandbox(Runner, Protocol):
    """Runs each job in a fresh isolated process."""

    name: str
    """zygote, bubblewrap, none or scripted."""

    def session(self) -> AbstractContextManager[Runner]:
        """One isolated process kept warm for many jobs of the same training function (XLA compiles a shape once).

        Recycled after a crash, a kill, a timeout, or when its memory passes the bound; the caller sees only results.
        """
        ...

    def close(self) -> None:
        """End every process this sandbox started."""
        ...


@runtime_checkable
class SpreadSandbox(Sandbox, Protocol):
    """One that knows better than this machine's cores how many jobs pay at once."""

    def side_by_side(self, target: Target) -> int:
        """Jobs of that target at once, at least 1."""
        ...
