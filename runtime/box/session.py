"""Runs jobs through a launcher: one process a job, or one process kept warm for many."""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from runtime.box import usage
from runtime.box.child import Child, Launch, Launcher
from runtime.box.outputs import empty
from runtime.box.protocol import Runner
from runtime.box.shelf import Shelf
from runtime.box.supervise import Supervision
from runtime.errors import SandboxFailure
from runtime.events import Emit, ignore_events
from runtime.job import ExecutionResult, Job, Limits

MOST_SESSION_MB = 1100.0
"""Above the baseline. Measured: 58 XLA compilations of small networks cost 1.1 GB."""
MOST_COMPILATIONS = 58


class LaunchedSandbox:
    """A `Sandbox` over any `Launcher`."""

    def __init__(self, launcher: Launcher) -> None:
        self.launcher = launcher
        self.name = launcher.name

    def run(self, job: Job, emit: Emit = ignore_events, cancel: threading.Event | None = None) -> ExecutionResult:
        """See `protocol.Runner.run`: a process of its own for this job."""
        requested_at = time.monotonic()
        child = self.launcher.launch(Launch(job.limits, _resolved(job.inputs)))
        try:
            conclusion = Supervision(child, job, emit, cancel, last=True).conclude(requested_at)
        finally:
            child.close()
        return conclusion.result.model_copy(update={"sandbox": self.name})

    @contextmanager
    def session(self) -> Iterator[Runner]:
        """See `protocol.Sandbox.session`."""
        with Shelf() as shelf:
            warm = WarmRunner(self.launcher, shelf)
            try:
                yield warm
            finally:
                warm.close()

    def close(self) -> None:
        """End every process this sandbox started."""
        self.launcher.close()


class WarmRunner:
    """A `Runner` with one process for many jobs, replaced when it broke, grew too large or compiled too much."""

    def __init__(self, launcher: Launcher, shelf: Shelf) -> None:
        self._launcher, self._shelf = launcher, shelf
        self._child: Child | None = None
        self._limits = Limits()
        self._lock = threading.Lock()

    def run(self, job: Job, emit: Emit = ignore_events, cancel: threading.Event | None = None) -> ExecutionResult:
        """See `protocol.Runner.run`: one job at a time, in the warm process."""
        with self._lock:
            requested_at = time.monotonic()
            child = self._ready_child(job.limits)
            alive = False
            try:
                child.inputs = self._shelf.place(_resolved(job.inputs), self._inside)
                conclusion = Supervision(child, job, emit, cancel, last=False).conclude(requested_at)
                alive = conclusion.alive and conclusion.compilations < MOST_COMPILATIONS and not self._grown(child)
                empty(child.scratch)
            finally:
                if not alive:
                    self._drop()
            return conclusion.result.model_copy(update={"sandbox": self._launcher.name})

    def close(self) -> None:
        """End the warm process."""
        with self._lock:
            self._drop()

    def _ready_child(self, limits: Limits) -> Child:
        """The warm process, or a new one when there is none or it was started with other bounds."""
        if self._child is not None and limits != self._limits:
            self._drop()
        if self._child is None:
            self._limits = limits
            self._child = self._launcher.launch(Launch(limits, {"shelf": self._shelf.folder}, lasting=True))
            self._inside = self._child.inputs["shelf"]
        return self._child

    def _grown(self, child: Child) -> bool:
        return usage.memory_mb(child.pid) - child.baseline_mb > MOST_SESSION_MB

    def _drop(self) -> None:
        if self._child is not None:
            self._child.close()
            self._child = None


def _resolved(inputs: Mapping[str, Path]) -> dict[str, Path]:
    """Absolute paths without links; raises `SandboxFailure` for one that is not there."""
    try:
        return {name: path.resolve(strict=True) for name, path in inputs.items()}
    except OSError as error:
        raise SandboxFailure(f"A job's input is missing: {error.filename}.") from error
