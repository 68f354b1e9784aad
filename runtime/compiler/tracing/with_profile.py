"""Python 3.11: `sys.setprofile`. One closure a thread holds everything, since each call of the program passes here."""

import sys
import threading
from collections.abc import Callable
from opcode import opmap
from time import perf_counter
from types import FrameType
from typing import Any

from runtime.compiler.tracing import looks
from runtime.compiler.tracing.functions import Functions
from runtime.compiler.tracing.raised import Raised
from runtime.compiler.tracing.records import Calls, Look

RETURN, YIELD, RESUME = opmap["RETURN_VALUE"], opmap["YIELD_VALUE"], opmap["RESUME"]
ABSENT: Any = object()
Callback = Callable[[FrameType, str, Any], object]


class ProfileEvents:
    """Puts a callback into this thread, and into each that starts after it."""

    def __init__(self, functions: Functions) -> None:
        self._functions = functions
        self._on = False
        self._mine: Callback | None = None
        self._raised: dict[int, Raised] = {}

    def start(self) -> list[str]:
        """Begin to watch; what can't be seen, one sentence each."""
        others = threading.active_count() - 1
        self._on = True
        self._started_in = threading.get_ident()
        self._before = threading.getprofile()
        self._mine = self._callback()
        threading.setprofile(self._enter_thread)
        sys.setprofile(self._mine)
        if others:
            return [f"Calls in {others} threads that ran before the tracer began were not seen."]
        return []

    def stop(self) -> list[str]:
        """End it; what was missed, one sentence each."""
        here = self._started_in == threading.get_ident()
        lost = here and sys.getprofile() is not self._mine
        if here:
            sys.setprofile(None)
        threading.setprofile(self._before)
        self._on = False
        for raising in list(self._raised.values()):
            raising.settle()
        if not lost:
            return []
        return [
            "Python took the tracer out before the program ended, as it does at the recursion limit and when another "
            "profiler starts: calls after that were not seen."
        ]

    def _enter_thread(self, frame: FrameType, event: str, arg: Any) -> None:
        callback = self._callback()
        sys.setprofile(callback)
        callback(frame, event, arg)

    def _callback(self) -> Callback:
        thread, raised = self._functions.threads.begin(), Raised()
        if thread.ident in self._raised:
            self._raised[thread.ident].settle()
        self._raised[thread.ident] = raised
        records, stack, open_looks = thread.records, thread.stack, self._functions.open_looks
        admit, clock, waiting = self._functions.admit, perf_counter, raised.waiting
        inner_s = 0.0  # in calls that the open call has made

        thrown: dict[int, int] = {}

        def enter(record: Calls, frame: FrameType) -> Look | None:
            """A generator or coroutine begins or goes on."""
            opcodes, at = record.function.opcodes, frame.f_lasti
            if opcodes[at] == RESUME and not opcodes[at + 1]:
                record.calls += 1
                return looks.begin_resumable(open_looks, record, frame)
            if opcodes[at] == YIELD:  # it goes on with an exception that was thrown in
                thrown[id(frame)] = at
            return open_looks.get(id(frame))

        def finish(record: Calls, look: Look | None, frame: FrameType, arg: Any) -> None:
            """A call ended that was looked at, that returned None or raised, or that may go on later."""
            at = frame.f_lasti
            opcode = record.function.opcodes[at]
            unwound = opcode == YIELD and arg is None and thrown.pop(id(frame), None) == at
            if opcode == YIELD and not unwound:
                if look is not None:
                    looks.yielded(look, arg)
                return
            if opcode == RETURN:
                raised.settle()
                if look is not None:
                    looks.end(open_looks, look, frame, arg)
                return
            if unwound:
                raised.leaves_after_throw(record)
            else:
                raised.leaves(record, frame)
            if look is not None:
                looks.end_raised(open_looks, look, frame)

        def callback(frame: FrameType, event: str, arg: Any) -> None:
            nonlocal inner_s
            if event == "call":
                code = frame.f_code
                record = records.get(id(code), ABSENT)
                if waiting:
                    raised.settle()
                if record is None:
                    return
                if record is ABSENT:
                    if not self._on:  # the tracer ended in another thread
                        sys.setprofile(None)
                        return
                    record = records[id(code)] = admit(code, frame)
                    if record is None:
                        return
                look: Look | None = None
                if record.resumes:
                    look = enter(record, frame)
                else:
                    record.calls = calls = record.calls + 1
                    if calls >= record.next_look:
                        look = looks.begin(record, frame)
                within = record.is_open
                record.is_open = True
                stack.append((record, look, within, inner_s, clock()))
                inner_s = 0.0
            elif event == "return":
                now = clock()
                if not stack:
                    return
                code = frame.f_code
                if stack[-1][0].code is not code and (records.get(id(code)) is None or not thread.unwind_to(code)):
                    return
                record, look, within, before_s, begun = stack.pop()
                spent = now - begun
                record.self_s += spent - inner_s
                inner_s = before_s + spent
                if not within:
                    record.is_open = False
                    record.total_s += spent
                if arg is None or look is not None or record.resumes:
                    finish(record, look, frame, arg)
                elif waiting:
                    raised.settle()
            elif waiting and event != "c_exception":  # which is the same one on its way
                raised.settle()

        return callback
