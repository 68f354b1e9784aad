"""Python 3.12 on: `sys.monitoring`. Only the user's code is instrumented; the rest runs at its own speed."""

import sys
import threading
from collections.abc import Callable
from time import perf_counter
from types import CodeType, FrameType
from typing import Any

from runtime.compiler.tracing import looks
from runtime.compiler.tracing.functions import Functions
from runtime.compiler.tracing.records import Calls, Look
from runtime.compiler.tracing.threads import Thread
from runtime.compiler.value_types import class_name

NAME = "arxla trace"
ABSENT: Any = object()
monitoring: Any = getattr(sys, "monitoring", None)


class NoRoom(Exception):
    """Six other tools use `sys.monitoring` already."""


class MonitoringEvents:
    """Callbacks for all threads at once; each thread's own record is found by `threading.local`."""

    def __init__(self, functions: Functions) -> None:
        self._functions = functions
        self._local = threading.local()
        self._tool = -1

    def start(self) -> list[str]:
        """Begin to watch; what can't be seen, one sentence each."""
        self._tool = _free_tool()
        events = monitoring.events
        for event, callback in self._callbacks().items():
            monitoring.register_callback(self._tool, event, callback)
        monitoring.set_events(self._tool, events.PY_START | events.PY_THROW | events.PY_UNWIND)
        monitoring.restart_events()
        self._thread()
        return []

    def _callbacks(self) -> dict[int, Callable[..., Any]]:
        events = monitoring.events
        return {
            events.PY_START: self._start,
            events.PY_RESUME: self._resume,
            events.PY_THROW: self._throw,
            events.PY_RETURN: self._return,
            events.PY_YIELD: self._yield,
            events.PY_UNWIND: self._unwind,
        }

    def stop(self) -> list[str]:
        """End it; what was missed, one sentence each."""
        if monitoring.get_tool(self._tool) != NAME:
            return ["Another tool took `sys.monitoring` over: calls after that were not seen."]
        monitoring.set_events(self._tool, 0)
        for function in list(self._functions.met.values()):
            if function is not None:
                monitoring.set_local_events(self._tool, function.code, 0)
        for event in self._callbacks():
            monitoring.register_callback(self._tool, event, None)
        monitoring.free_tool_id(self._tool)
        return []

    def _thread(self) -> Thread:
        thread = getattr(self._local, "thread", None)
        if thread is None:
            thread = self._local.thread = self._functions.threads.begin()
        return thread

    def _start(self, code: CodeType, _offset: int) -> Any:
        try:
            thread: Thread = self._local.thread
        except AttributeError:
            thread = self._thread()
        record = thread.records.get(id(code), ABSENT)
        if record is ABSENT:
            record = thread.records[id(code)] = self._admit(code, sys._getframe(1))
        if record is None:
            return monitoring.DISABLE
        record.calls += 1
        look: Look | None = None
        if record.resumes:
            look = looks.begin_resumable(self._functions.open_looks, record, sys._getframe(1))
        elif record.calls >= record.next_look:
            look = looks.begin(record, sys._getframe(1))
        self._enter(thread, record, look)
        return None

    @staticmethod
    def _enter(thread: Thread, record: Calls, look: Look | None) -> None:
        within, record.is_open = record.is_open, True
        thread.stack.append((record, look, within, thread.inner_s, perf_counter()))
        thread.inner_s = 0.0

    def _admit(self, code: CodeType, frame: FrameType) -> Calls | None:
        record = self._functions.admit(code, frame)
        if record is not None:
            events = monitoring.events
            more = events.PY_YIELD | events.PY_RESUME if record.resumes else 0
            monitoring.set_local_events(self._tool, code, events.PY_RETURN | more)
        return record

    def _resume(self, code: CodeType, _offset: int) -> None:
        self._go_on(code, sys._getframe(1))

    def _go_on(self, code: CodeType, frame: FrameType) -> None:
        thread = self._thread()
        record = thread.records.get(id(code), ABSENT)
        if record is ABSENT:
            record = thread.records[id(code)] = self._functions.admit(code, frame)
        if record is None:
            return
        look = self._functions.open_looks.get(id(frame))
        self._enter(thread, record, look)

    def _throw(self, code: CodeType, _offset: int, _exception: BaseException) -> None:
        if self._functions.met.get(id(code)) is not None:
            self._go_on(code, sys._getframe(1))

    def _return(self, code: CodeType, _offset: int, value: Any) -> None:
        entry = self._leave(code)
        if entry is None:
            return
        look = entry[1]
        if look is not None:
            looks.end(self._functions.open_looks, look, sys._getframe(1), value)

    def _yield(self, code: CodeType, _offset: int, value: Any) -> None:
        entry = self._leave(code)
        if entry is not None and entry[1] is not None:
            looks.yielded(entry[1], value)

    def _unwind(self, code: CodeType, _offset: int, exception: BaseException) -> None:
        entry = self._leave(code) if self._functions.met.get(id(code)) is not None else None
        if entry is None:
            return
        record, look = entry
        if not (record.resumes and type(exception) is GeneratorExit):
            name = class_name(type(exception))
            record.exceptions[name] = record.exceptions.get(name, 0) + 1
        if look is not None:
            looks.end_raised(self._functions.open_looks, look, sys._getframe(1))

    def _leave(self, code: CodeType) -> tuple[Calls, Look | None] | None:
        """Close the innermost call of this code; None when it began before the tracer did."""
        now = perf_counter()
        thread = self._thread()
        stack = thread.stack
        if not stack or (stack[-1][0].code is not code and not thread.unwind_to(code)):
            return None
        record, look, within, before_s, begun = stack.pop()
        spent = now - begun
        record.self_s += spent - thread.inner_s
        thread.inner_s = before_s + spent
        if not within:
            record.is_open = False
            record.total_s += spent
        return record, look


def _free_tool() -> int:
    for tool in (4, 3, 5, 2, 1, 0):  # the numbers of profilers, coverage and debuggers last: the program may use them
        if monitoring.get_tool(tool) is None:
            monitoring.use_tool_id(tool, NAME)
            return tool
    raise NoRoom("Six other tools use sys.monitoring already.")
