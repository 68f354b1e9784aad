"""What a stage's work is given: the state it starts from, the run's folder, its agents, its box, and its bounds."""

import contextvars
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from langgraph.runtime import Runtime
from langgraph.types import StreamWriter
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential

from agents.registry import Agents
from graph.context import Context
from graph.services import Services
from graph.state import State, elapsed
from runtime.box.protocol import Sandbox
from runtime.data_profile import PreparedData
from runtime.errors import BudgetExhausted, Cancelled, SandboxFailure
from runtime.events import Emit, Event
from runtime.models.usage import Ledger
from runtime.observability.logs import log_as
from runtime.task import Task
from runtime.training_function import TrainingFunction
from tools.papers.brief import PaperBrief
from tools.results.folder import RunFolder

BOX_RETRIES = Retrying(
    retry=retry_if_exception_type(SandboxFailure),
    stop=stop_after_attempt(3),
    wait=wait_exponential(multiplier=0.5),
    reraise=True,
)
"""Only a box that broke is worth the same attempt again; model calls have their own retries."""

_OUTER_WRITER: contextvars.ContextVar[StreamWriter | None] = contextvars.ContextVar("outer_writer", default=None)


class Halt(threading.Event):
    """Set when the run is cancelled, and by itself when its time is over: whatever a box runs then ends at once."""

    def __init__(self, deadline: float | None) -> None:
        super().__init__()
        self.deadline = deadline
        """On `time.monotonic()`'s clock."""

    @property
    def late(self) -> bool:
        """Whether the run's time is over."""
        return self.deadline is not None and time.monotonic() >= self.deadline

    def is_set(self) -> bool:
        return self.late or super().is_set()


@dataclass(frozen=True)
class Stage:
    """One visit of one stage: the state it starts from and everything that a checkpoint can't hold."""

    name: str
    state: State
    context: Context
    services: Services
    emit: Emit
    cancel: Halt
    warnings: list[str] = field(default_factory=list)
    """What the agents warned of during this visit; the run's record keeps it."""

    @cached_property
    def task(self) -> Task:
        return Task.model_validate(self.state["task"])

    @cached_property
    def folder(self) -> RunFolder:
        return self.services.folder(self.state["run_id"])

    @cached_property
    def data(self) -> PreparedData:
        return PreparedData.model_validate(self.state["data"])

    @cached_property
    def brief(self) -> PaperBrief | None:
        """The paper's, when the task has one."""
        brief = self.state.get("brief")
        return PaperBrief.model_validate(brief) if brief else None

    @cached_property
    def function(self) -> TrainingFunction:
        return self.services.functions.load(self.folder.path / self.state["function_file"])

    @cached_property
    def sandbox(self) -> Sandbox:
        return self.services.sandbox(self.task)

    @cached_property
    def ledger(self) -> Ledger:
        return self.services.ledger(self.folder)

    @cached_property
    def agents(self) -> Agents:
        return self.agents_with()

    def agents_with(self, **models: str) -> Agents:
        """The run's agents, some roles played by another model than the task says."""
        task = self.task.model_copy(update={"models": {**self.task.models, **models}})
        bounds = {"cancel": self.cancel, "deadline": self.deadline}
        return self.services.agents(task, self.ledger, emit=self._emit_and_keep, **bounds)

    def enter(self) -> None:
        """Begin to work in the run's folder, where there is a run."""
        if self.state.get("run_id"):
            self.services.enter(self.folder)

    def _emit_and_keep(self, event: Event) -> None:
        self.emit(event)
        if event["kind"] == "warning":
            self.warnings.append(event["text"])
        elif event["kind"] == "model_call":
            self.emit({"kind": "cost", **self.ledger.totals()})

    @property
    def deadline(self) -> float | None:
        """When the run's time is over, on `time.monotonic()`'s clock."""
        return self.cancel.deadline

    def scratch(self, name: str) -> Path:
        """An empty folder for one boxed job; what an earlier job left there is gone."""
        place = self.folder.scratch / name
        shutil.rmtree(place, ignore_errors=True)
        return place

    def check(self) -> None:
        """Raise when the run was cancelled or its time is over."""
        if self.cancel.late:
            raise BudgetExhausted(f"The {self.task.max_minutes:g} minutes of this run are over; raise --max-minutes.")
        if self.cancel.is_set():
            raise Cancelled("The run was cancelled; `arxla resume` goes on with it.")


@contextmanager
def events_to(write: StreamWriter) -> Iterator[None]:
    """Send the events of every stage that begins within to `write`: LangGraph drops what a sub-graph's own writer gets,
    unless the caller streams sub-graphs too."""
    token = _OUTER_WRITER.set(write)
    try:
        yield
    finally:
        _OUTER_WRITER.reset(token)


def open_stage(name: str, state: State, runtime: Runtime[Context], services: Services, seconds: float = 0.0) -> Stage:
    """A visit that begins now; `seconds` of work are not in the state yet."""
    log_as(state.get("run_id") or "", name)
    # LangGraph's writer works in its node's context alone, and trials run in threads.
    here, write = contextvars.copy_context(), _OUTER_WRITER.get() or runtime.stream_writer
    emit = services.emitter(state.get("run_id"), lambda event: here.copy().run(write, event))
    return Stage(
        name, state, runtime.context or Context(), services, emit, Halt(_deadline(state, elapsed(state) + seconds))
    )


def _deadline(state: State, elapsed: float) -> float | None:
    """When the time of a checked task is over; time between an interruption and the resume does not count."""
    minutes = state["task"]["max_minutes"] if state.get("started") else None
    return None if minutes is None else time.monotonic() + minutes * 60 - elapsed
