"""One job on a node, as it is told to the driver piece by piece."""

import queue
import socket
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Literal

from runtime.box.protocol import Runner
from runtime.box.ray.content import files_below, parts_of
from runtime.box.temporary import HeldFolder
from runtime.errors import SandboxFailure
from runtime.job import ExecutionResult, Job

POLL_S = 0.25
MOST_AT_ONCE = 100

Kind = Literal["event", "output", "result", "failure", "bug"]
Message = tuple[Kind, Any]
"""("event", Event) and ("output", (path, part, whether it is the first)), then one of ("result", the JSON of an
ExecutionResult), ("failure", sentence) for a box that broke, and ("bug", traceback)."""
ENDS = ("result", "failure", "bug")


class Work:
    """Runs a job in a thread of its own; `take` fetches what it says, `drop` ends it however far it is."""

    def __init__(
        self, runner: Callable[[], Runner], job: Callable[[Path], Job], alone: AbstractContextManager[object]
    ) -> None:
        self._runner, self._job, self._alone = runner, job, alone
        self._scratch = HeldFolder("ray-job")
        self._messages: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._cancel = threading.Event()
        self._tail: Iterator[Message] = iter(())
        self._thread = threading.Thread(target=self._run, name="job", daemon=True)
        self._thread.start()

    def take(self) -> list[Message]:
        """What was said since the last time; empty after a quarter of a second of silence."""
        said: list[Message] = []
        try:
            while len(said) < MOST_AT_ONCE:
                message = self._messages.get(timeout=0 if said else POLL_S)
                if message is None:  # the job is over: a piece of its outputs at a time
                    self._messages.put(None)
                    return said or [next(self._tail)]
                said.append(message)
        except queue.Empty:
            pass
        return said

    def cancel(self) -> None:
        """Kill the job's tree; its end is still told."""
        self._cancel.set()

    def drop(self) -> None:
        """Nobody asks for it any more."""
        self._cancel.set()
        self._thread.join(0.0 if self._thread.is_alive() else None)
        if not self._thread.is_alive():
            self._scratch.remove()

    def _run(self) -> None:
        try:
            with self._alone:
                job = self._job(self._scratch.path)
                result = self._runner().run(job, lambda event: self._messages.put(("event", event)), self._cancel)
            self._tail = self._told(result)
        except SandboxFailure as failure:
            self._tail = iter([("failure", str(failure))])
        except OSError as fault:
            self._tail = iter([("failure", f"The box on {socket.gethostname()} broke: {fault}.")])
        except Exception:  # noqa: BLE001  a bug of ours, raised again on the driver
            self._tail = iter([("bug", traceback.format_exc())])
        self._messages.put(None)

    def _told(self, result: ExecutionResult) -> Iterator[Message]:
        for file in files_below(self._scratch.path):
            name, first = file.relative_to(self._scratch.path).as_posix(), True
            for part in parts_of(file):
                yield "output", (name, part, first)
                first = False
        yield "result", result.model_dump_json()
