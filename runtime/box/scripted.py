"""A sandbox for tests: it runs nothing and answers from a script."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from runtime.box.protocol import Runner
from runtime.events import Emit, ignore_events
from runtime.job import ExecutionResult, Job

Answer = ExecutionResult | Callable[[Job], ExecutionResult]


class ScriptExhausted(AssertionError):
    """A job came for which no answer was prepared: the test or the code under test is wrong."""


class ScriptedSandbox:
    """Gives prepared answers: by job name, each name's list in order; "*" serves names without a list.

    An answer is an `ExecutionResult`, or a function of the job that makes one. Jobs are kept in `jobs`.
    """

    name = "scripted"

    def __init__(self, answers: Mapping[str, list[Answer]]) -> None:
        self._answers = {name: list(queue) for name, queue in answers.items()}
        self._lock = threading.Lock()
        self.jobs: list[Job] = []
        self.closed = False

    def run(
        self,
        job: Job,
        emit: Emit = ignore_events,  # noqa: ARG002
        cancel: threading.Event | None = None,  # noqa: ARG002
    ) -> ExecutionResult:
        """The next prepared answer, with no events; raises `ScriptExhausted` when there is none."""
        with self._lock:
            self.jobs.append(job)
            queue = self._answers.get(job.name, self._answers.get("*", []))
            if not queue:
                raise ScriptExhausted(f"no answer is left for job {job.name!r} (entry {job.entry})")
            answer = queue.pop(0)
        result = answer if isinstance(answer, ExecutionResult) else answer(job)
        return result.model_copy(update={"sandbox": result.sandbox or self.name})

    @contextmanager
    def session(self) -> Iterator[Runner]:
        """The same script."""
        yield self

    def close(self) -> None:
        """Nothing runs; remembers that it was called."""
        self.closed = True
