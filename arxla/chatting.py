"""A conversation with the graph: one of its threads, kept in the results folder, turn by turn."""

import contextlib
import re
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.constants import END, START

from graph.build import build_graph
from graph.chat import kind_of
from graph.services import Services
from graph.wiring import Arxla
from runtime.approval import Question
from runtime.errors import DiskFull, InputError
from runtime.events import Event
from runtime.outcome import Outcome, exit_code
from runtime.settings import Settings
from tools.results.folder import RunFolder
from tools.results.lease import hold_lease, lease_holder
from tools.results.writing import naming_disk_faults

PLACE = ".chat"
"""In the results folder: the threads, what was typed, and who has a thread open."""
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
GO_ON = re.compile(
    r"^\W*(?:please\s+)?(?:go on|continue|carry on|resume|weiter)(?:\s+(?:with\s+)?(?:it|that))?\W*$", re.I
)
INTERRUPTED = "Interrupted in a chat; say `go on` there, or start it again with `arxla resume {}`."
INTAKE = "intake"
LOOK_BACK = 200
"""Checkpoints in which an unfinished run is looked for."""
NEEDS_AN_ANSWER = 2
FAILED = 1
Show = Callable[[Event], None]
Hear = Callable[[str], None]


@dataclass(frozen=True)
class Pending:
    """What a conversation has not finished: a question of a run, or a run that stopped before its end."""

    kind: Literal["nothing", "question", "unfinished"] = "nothing"
    run_id: str = ""
    question: Question | None = None
    stage: str = ""
    place: RunnableConfig | None = None
    """The checkpoint that an unfinished run goes on from, where it is not the thread's latest."""


class ChatServices(Services):
    """Holds the lease of the run that a turn works on, so that no `arxla resume` works on it too."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._leases = ExitStack()
        self._held: set[Path] = set()
        self._guard = threading.Lock()

    def enter(self, folder: RunFolder) -> None:
        """Raises `InputError` when another process has the run."""
        with self._guard:
            if folder.path not in self._held:
                self._leases.enter_context(folder.lease())
                self._held.add(folder.path)

    def leave(self) -> None:
        """Give every lease back."""
        with self._guard:
            self._leases.close()
            self._held.clear()


class Conversation:
    """One thread, opened by `open_conversation`; `code` is the exit code that its last turn deserves."""

    def __init__(self, graph: Arxla, services: ChatServices, thread: str) -> None:
        self._graph, self._services = graph, services
        self._config: RunnableConfig = {"configurable": {"thread_id": thread}, "recursion_limit": 500}
        self.code = 0

    async def pending(self) -> Pending:
        """What stands open in the thread."""
        state = await self._graph.aget_state(self._config)
        run_id = str(state.values.get("run_id") or "")
        for one in state.interrupts:
            return Pending("question", run_id, Question.model_validate(one.value))
        if not run_id or state.values.get("outcome"):
            return Pending()
        # A stage that ended while it was cancelled is a task still, though no more `next`.
        if state.tasks and state.tasks[0].name not in (INTAKE, START):
            return Pending("unfinished", run_id, stage=state.tasks[0].name)
        return await self._left_behind(run_id)

    async def _left_behind(self, run_id: str) -> Pending:
        """Where a run stopped before something else was asked in its thread."""
        async for state in self._graph.aget_state_history(self._config, limit=LOOK_BACK):
            before = state.tasks[0].name if state.tasks else END
            if before not in (INTAKE, START, END) and state.values.get("run_id") == run_id:
                return Pending("unfinished", run_id, stage=before, place=state.config)
        return Pending()

    async def turn(self, text: str, show: Show, hear: Hear) -> Pending:
        """Say something, hear what is answered, and what stands open then.

        `show` is given the run's events and `hear` every message. A run that waits takes the text as its answer, one
        that was interrupted goes on when it is told to. Raises what `arxla` names, the conversation going on after it.
        """
        before, self.code = await self.pending(), FAILED
        given: Any = {"messages": [HumanMessage(text)]}
        config = self._config
        if before.kind == "unfinished" and GO_ON.match(text):
            given, config = None, {**self._config, **(before.place or {})}
        try:
            await self._stream(given, config, show, hear)
        except sqlite3.OperationalError as fault:
            raise DiskFull(f"The chat can't be kept ({fault}): free some space, or name another --out.") from fault
        finally:
            self._services.leave()
        after = await self.pending()
        self.code = NEEDS_AN_ANSWER if after.kind == "question" else self.code
        return after

    async def interrupted(self) -> Pending:
        """After a turn was cancelled: the run's record says so."""
        left = await self.pending()
        folder = self._services.folder(left.run_id) if left.run_id else None
        if left.kind == "unfinished" and folder is not None and folder.record.exists():
            message = INTERRUPTED.format(folder.id)
            update = {"outcome": Outcome.CANCELLED, "message": message}
            folder.save_record(folder.load_record().model_copy(update=update))
        return left

    async def _stream(self, given: Any, config: RunnableConfig, show: Show, hear: Hear) -> None:
        modes = ["custom", "updates"]
        async for mode, chunk in self._graph.astream(given, config, stream_mode=modes, durability="sync"):  # type: ignore[call-overload]
            if mode == "custom":
                show(chunk)
                if chunk["kind"] == "message":
                    hear(chunk["text"])
                elif chunk["kind"] == "outcome":
                    self.code = exit_code(Outcome(chunk["outcome"]))
                continue
            for update in chunk.values():
                self._hear_update(update, hear)

    def _hear_update(self, update: Any, hear: Hear) -> None:
        """Messages of a stage that ended; what a run tells on its way came as an event already."""
        messages = update.get("messages") if isinstance(update, dict) else None
        for message in messages if isinstance(messages, list) else []:
            if not isinstance(message, AIMessage) or kind_of(message) == "progress":
                continue
            if kind := kind_of(message):
                self.code = {"answer": 0, "question": NEEDS_AN_ANSWER}.get(kind, FAILED)
            hear(str(message.text))


@asynccontextmanager
async def open_conversation(settings: Settings, thread: str) -> AsyncIterator[Conversation]:
    """A thread with its history, for this process alone. Raises `InputError` and `DiskFull`."""
    if not NAME.fullmatch(thread):
        raise InputError(f"--thread {thread[:80]!r}: use up to 64 letters, digits, dashes and underscores.")
    async with contextlib.AsyncExitStack() as stack:
        services = ChatServices(settings)
        stack.callback(services.close)
        saver = await stack.enter_async_context(chat_checkpoints(settings.out, thread))
        yield Conversation(build_graph(services, saver), services, thread)


@asynccontextmanager
async def chat_checkpoints(results: Path, thread: str) -> AsyncIterator[AsyncSqliteSaver]:
    """Those of the chats of a results folder, while `thread` is open here alone. Raises as `open_conversation`."""
    place = results / PLACE
    try:
        with naming_disk_faults(place):
            place.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise InputError(f"The chat can't be kept in {place} ({fault.strerror}); name another --out.") from fault
    lock = place / f"{thread}.lease"
    if (holder := lease_holder(lock)) is not None:
        raise InputError(f"The chat {thread!r} is open in process {holder}; name another one with --thread.")
    with hold_lease(lock, f"of the chat {thread}"):
        async with AsyncSqliteSaver.from_conn_string(str(place / "threads.sqlite")) as saver:
            yield saver
