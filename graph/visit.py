"""How plain blocking work becomes an async node: in a thread, announced, timed, recorded, and stopped with the node."""

import asyncio
import contextvars
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Protocol

from langgraph.config import get_config
from langgraph.runtime import Runtime
from langgraph.types import Overwrite

from graph.chat import say
from graph.context import Context
from graph.crew import Map
from graph.failures import outcome_of
from graph.record import record_of
from graph.services import Services
from graph.stage import BOX_RETRIES, Halt, Stage, open_stage
from graph.state import State, Update, elapsed, fresh_run, this_turn
from graph.words import progress
from runtime.errors import ArxlaError, DiskFull
from runtime.events import Emit, Event

CANCEL_GRACE_S = 20.0
"""How long a cancelled stage may take to end its boxed jobs before its node is abandoned."""


class Work(Protocol):
    """The blocking work of a stage."""

    __name__: str

    def __call__(self, stage: Stage, /) -> Update: ...


PartWork = Callable[[Stage, Map], Update]


class Node(Protocol):
    """What LangGraph calls."""

    def __call__(self, state: State, *, runtime: Runtime[Context]) -> Awaitable[Update]: ...


def as_node(name: str, work: Work, services: Services) -> Node:
    """Wrap a stage's blocking work: it runs in a thread, is announced, timed, and stopped with the node."""

    async def node(state: State, *, runtime: Runtime[Context]) -> Update:
        stage = open_stage(name, state, runtime, services)
        return await _finish(asyncio.create_task(asyncio.to_thread(_visit, stage, work)), stage.cancel)

    node.__name__ = name
    return node


def as_turn(name: str, work: Work, services: Services) -> Node:
    """Wrap the stage that begins each turn of a thread: it sees this turn alone, and a run that it starts is a new one.

    `work` starts a run by an update that has `started`, refuses the input by an ending, and has answered otherwise.
    """
    stage = as_node(name, work, services)

    async def node(state: State, *, runtime: Runtime[Context]) -> Update:
        update = await stage(this_turn(state), runtime=runtime)
        if update.get("started"):
            last = {"last_task": update["task"], "last_run": update["run_id"], "last_size_kb": None}
            place = get_config().get("configurable", {}).get("thread_id", "")
            thread = {"thread_id": place if place != update["run_id"] else ""}
            return fresh_run() | update | last | thread | {"turn": "run", "stages": Overwrite(update["stages"])}
        if update.get("outcome"):
            return fresh_run() | update | {"turn": "refused", "stages": Overwrite(update["stages"])}
        return {"messages": update.get("messages", []), "turn": "answer"}

    node.__name__ = name
    return node


def as_part(name: str, work: PartWork, services: Services) -> Node:
    """Wrap one part of a map, of which the crew does many at once: all of them count as one visit of the stage.

    A map that is cancelled or crashes is forgotten: whoever goes on with the run in this process begins a new one.
    """

    async def node(state: State, *, runtime: Runtime[Context]) -> Update:
        whole = services.crew.open_map(state["run_id"], name, state["paper"]["side_by_side"])
        stage = open_stage(name, state, runtime, services, whole.seconds)
        stage = replace(stage, emit=_warning_once(whole, stage.emit))
        visit = partial(contextvars.copy_context().run, _visit_part, stage, work, whole)
        try:
            async with whole.gate:
                thread = asyncio.get_running_loop().run_in_executor(services.crew.pool, visit)
                return await _finish(thread, stage.cancel)
        except BaseException:
            services.crew.close_map(state["run_id"])
            raise

    node.__name__ = name
    return node


async def _finish(thread: "asyncio.Future[Update]", cancel: Halt) -> Update:
    """Wait for a thread's work; when the node is cancelled, tell it and give it some time to come to an end."""
    try:
        return await asyncio.shield(thread)
    except asyncio.CancelledError:
        cancel.set()
        thread.add_done_callback(_hear_out)
        await asyncio.wait([thread], timeout=CANCEL_GRACE_S)
        raise


def _hear_out(thread: "asyncio.Future[Update]") -> None:
    """Take the exception of a stage that nobody waits for any more, or asyncio prints it as forgotten."""
    error = None if thread.cancelled() else thread.exception()
    if error is not None and not isinstance(error, ArxlaError):
        thread.get_loop().call_exception_handler({"message": "a cancelled stage failed", "exception": error})


def _visit(stage: Stage, work: Work) -> Update:
    _close_map(stage)
    started = time.monotonic()
    stage.enter()
    stage.emit({"kind": "stage", "name": stage.name, "state": "start", "note": ""})
    try:
        if stage.state.get("started") and stage.name != "report":
            stage.check()
            stage.folder.save_record(record_of(stage.state, stage.ledger))
        update = BOX_RETRIES(work, stage)
    except DiskFull:  # nothing can be recorded: the run goes on from here when there is room
        raise
    except ArxlaError as fault:
        update = _ended_by(stage, fault)
    seconds = time.monotonic() - started
    note = str(update.pop("note", ""))
    stage.emit({"kind": "stage", "name": stage.name, "state": "end", "note": note, "seconds": round(seconds, 2)})
    visit = {"name": stage.name, "started": elapsed(stage.state), "seconds": seconds, "note": note}
    again = {"resume_at": ""} if stage.state.get("resume_at") else {}
    return {
        **update,
        **again,
        **_told(stage, update),
        "stages": [visit],
        "warnings": [*update.get("warnings", []), *stage.warnings],
    }


def _ended_by(stage: Stage, fault: ArxlaError) -> Update:
    """The ending that a fault makes, without secrets: servers quote the key that they refuse."""
    update = outcome_of(stage.name, fault)
    return update | {"message": stage.services.settings.mask_secrets(update["message"])}


def _told(stage: Stage, update: Update) -> Update:
    """What a run that was asked for in a chat says there when a stage ends."""
    if "messages" in update or not stage.state.get("messages"):
        return {}
    text = progress(stage.name, stage.state, update)
    if not text:
        return {}
    # A sub-graph's messages reach the stream of its parent only when it ends.
    stage.emit({"kind": "message", "text": text})
    return {"messages": [say(text, "progress", stage.state["run_id"])]}


def _visit_part(stage: Stage, work: PartWork, whole: Map) -> Update:
    """One part of a map; what would end a stage is kept for the stage that gathers the parts."""
    before, started = whole.seconds, time.monotonic()
    stage.enter()
    whole.announce(lambda: stage.emit({"kind": "stage", "name": stage.name, "state": "start", "note": ""}))
    try:
        stage.check()
        if whole.fault is not None:
            raise whole.fault
        update = work(stage, whole)
    except DiskFull:
        raise
    except ArxlaError as fault:
        whole.fault = fault
        update = {"stopped": [_ended_by(stage, fault)]}
    note = str(update.pop("note", ""))
    seconds = time.monotonic() - started
    visit = {"name": stage.name, "started": elapsed(stage.state) + before, "seconds": seconds, "note": note}
    return {**update, "stages": [visit], "warnings": stage.warnings}


def _close_map(stage: Stage) -> None:
    """Announce the end of the map that this stage follows, if it follows one."""
    whole = stage.services.crew.close_map(stage.state["run_id"]) if stage.state.get("run_id") else None
    if whole is not None:
        note = f"{whole.succeeded} of {whole.ended}"
        event = {"kind": "stage", "name": whole.name, "state": "end", "note": note}
        stage.emit(event | {"seconds": round(whole.seconds, 2)})


def _warning_once(whole: Map, emit: Emit) -> Emit:
    """What warns about one part mostly warns about all of them."""

    def say(event: Event) -> None:
        if event["kind"] != "warning" or whole.first_time(event["text"]):
            emit(event)

    return say
