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
from runtime.compiler.tracing.raised import Raised, thrown_in
from runtime.compiler.tracing.records import Calls, Look, Thread

RETURN, YIELD, RESUME = opmap["RETURN_VALUE"], opmap["YIELD_VALUE"], opmap["RESUME"]
ABSENT: Any = object()
Callback = Callable[[FrameType, str, Any], object]


class ProfileEvents:
    """Puts a callback into this thread, and into each that starts after it."""

    def __init__(self, functions: Functions) -> None:
        self._functions = functions
        self._on = False
        self._mine: Callback | None = None
        self._raised: list[Raised] = []
        self.threads: list[Thread] = []

    def start(self) -> list[str]:
        """Begin to watch; what can't be seen, one sentence each."""
        others = threading.active_count() - 1
        self._on = True
        self._mine = self._callback()
        threading.setprofile(self._enter_thread)
        sys.setprofile(self._mine)
        if others:
            return [f"Calls in {others} threads that ran before the tracer began were not seen."]
        return []

    def stop(self) -> list[str]:
        """End it; what was missed, one sentence each."""
        still = sys.getprofile() is self._mine
        sys.setprofile(None)
        threading.setprofile(None)
        self._on = False
        for raising in self._raised:
            raising.settle()
        if still:
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
        thread, raised = Thread(), Raised()
        self.threads.append(thread)
        self._raised.append(raised)
        records, stack, open_looks = thread.records, thread.stack, self._functions.open_looks
        admit, clock = self._functions.admit, perf_counter

        thrown: dict[int, int] = {}

        def enter(record: Calls, frame: FrameType) -> Look | None:
            """A generator or coroutine begins or goes on."""
            opcodes, at = record.function.opcodes, frame.f_lasti
            if opcodes[at] == RESUME and not opcodes[at + 1]:
                record.calls += 1
                if record.calls >= record.next_look:
                    open_looks[id(frame)] = looks.begin(record, frame)
            elif opcodes[at] == YIELD:  # it goes on with an exception that was thrown in
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
            open_looks.pop(id(frame), None)
            if opcode == RETURN:
                raised.settle()
                if look is not None:
                    looks.end(look, frame, arg)
                return
            if unwound:
                thrown_in(record, raised)
            else:
                raised.leaves(record, frame)
            if look is not None:
                looks.end_raised(look, frame)

        def callback(frame: FrameType, event: str, arg: Any) -> None:
            if event == "call":
                code = frame.f_code
                record = records.get(id(code), ABSENT)
                if record is ABSENT:
                    record = records[id(code)] = admit(code, frame)
                if raised.waiting:
                    raised.settle()
                if record is None:
                    return
                look: Look | None = None
                if record.resumes:
                    look = enter(record, frame)
                else:
                    record.calls = calls = record.calls + 1
                    if calls >= record.next_look:
                        look = looks.begin(record, frame)
                record.depth += 1
                stack.append([record, look, 0.0, clock()])
            elif event == "return":
                now = clock()
                if not stack:
                    return
                entry = stack[-1]
                record = entry[0]
                if record.code is not frame.f_code:
                    if records.get(id(frame.f_code)) is None or not thread.unwind_to(frame.f_code):
                        return
                    entry = stack[-1]
                    record = entry[0]
                stack.pop()
                spent = now - entry[3]
                record.self_s += spent - entry[2]
                if stack:
                    stack[-1][2] += spent
                record.depth = depth = record.depth - 1
                if not depth:
                    record.total_s += spent
                if arg is None or entry[1] is not None or record.resumes:
                    finish(record, entry[1], frame, arg)
                elif raised.waiting:
                    raised.settle()
            elif raised.waiting:
                raised.settle()

        return callback
