"""What each thread did. A program may start a million of them: those that have ended are added up."""

import threading
import time
from types import CodeType

from runtime.compiler.tracing.records import Calls, Function, Look

Open = tuple[Calls, Look | None, bool, float, float]
"""An open call: its record, look, whether another call of the function is open around it, the seconds that the caller
had spent in calls before, and when it began."""


class Thread:
    """What one thread did: a record for each function, and the calls that are open, innermost last. Made in it."""

    def __init__(self) -> None:
        self.ident = threading.get_ident()
        clock = getattr(time, "pthread_getcpuclockid", None)  # not on macOS
        self.clock: int | None = None if clock is None else clock(self.ident)
        self.used_s: float | None = None
        """Of the processor, when it was looked at last."""
        self.records: dict[int, Calls | None] = {}
        """By the id of the code object, which is kept alive by its record; None is not the user's."""
        self.stack: list[Open] = []
        self.inner_s = 0.0
        """Seconds in calls that the innermost open one has made."""

    def close(self) -> list[Calls]:
        """What was recorded. The table is emptied: a thread that goes on meets its code anew, and lets go."""
        kept = [record for record in list(self.records.values()) if record is not None and record.calls]
        self.records.clear()
        return kept

    def unwind_to(self, code: CodeType) -> bool:
        """Drop calls whose end was not seen, down to the innermost of this code; False when it is not open."""
        if not any(entry[0].code is code for entry in self.stack):
            return False
        while self.stack[-1][0].code is not code:
            record, _, within, _, _ = self.stack.pop()
            record.is_open = within
        return True


class Threads:
    """All threads of the program that were met."""

    def __init__(self) -> None:
        self.running: dict[int, Thread] = {}
        """By their number, and those that have ended until another thread is given their number."""
        self._ended: list[Thread] = []
        self._kept: dict[Function, Calls] = {}

    def begin(self) -> Thread:
        """The thread that this is called in; one that had its number before has ended."""
        thread = Thread()
        before = self.running.get(thread.ident)
        if before is not None:
            self._ended.append(before)  # added up elsewhere: this is called from the program's own calls
        self.running[thread.ident] = thread
        return thread

    def add_up(self) -> None:
        """Count what ended threads did. For one thread at a time to call."""
        while self._ended:
            self._keep(self._ended.pop())

    def end(self) -> list[Calls]:
        """What was recorded, once the tracer has ended; a record for each function."""
        self.add_up()
        for thread in list(self.running.values()):
            self._keep(thread)
        return list(self._kept.values())

    def forget(self, code_id: int) -> None:
        """A code object has died; another may be given its id."""
        for thread in list(self.running.values()):
            thread.records.pop(code_id, None)

    def _keep(self, thread: Thread) -> None:
        for record in thread.close():
            kept = self._kept.get(record.function)
            if kept is None:
                self._kept[record.function] = record
            else:
                kept.add(record)
