"""What is counted of one function in one thread, and when a call of it is looked at."""

import threading
import time
from types import CodeType
from typing import Any

LOOKED_AT_FIRST = 30
RAREST = 1000
"""At least one call in about so many is looked at."""
MOST_WAYS = 64
"""Kinds of calls that are kept of one function."""
KINDS = ((0x200, "async_generator"), (0x80, "coroutine"), (0x20, "generator"))
VARARGS, VARKEYWORDS = 0x4, 0x8

Way = tuple[tuple[str, ...], str]
"""Types of the arguments and of what came back."""


class Function:
    """A code object of the user's, the same for all threads."""

    __slots__ = ("arg_names", "code", "file", "kind", "line", "name", "opcodes")

    def __init__(self, code: CodeType, module: str) -> None:
        qualified = code.co_qualname.replace("<locals>.", "")
        self.code = code
        self.name = f"{module}.{qualified}"
        self.file = code.co_filename
        self.line = code.co_firstlineno
        self.kind = next((kind for flag, kind in KINDS if code.co_flags & flag), "function")
        self.arg_names = list(code.co_varnames[: arguments(code)])
        self.opcodes = code.co_code


def arguments(code: CodeType) -> int:
    """How many of a code object's first variables are arguments, `*args` and `**kwargs` among them."""
    more = bool(code.co_flags & VARARGS) + bool(code.co_flags & VARKEYWORDS)
    return code.co_argcount + code.co_kwonlyargcount + more


class Calls:
    """Counts, times (seconds) and ways of the calls of one function in one thread."""

    __slots__ = (
        *("calls", "code", "exceptions", "function", "gap", "is_open"),
        *("next_look", "resumes", "self_s", "total_s", "ways"),
    )

    def __init__(self, function: Function) -> None:
        self.function = function
        self.code = function.code
        self.resumes = function.kind != "function"
        self.calls = 0
        self.is_open = False
        self.self_s = self.total_s = 0.0
        self.exceptions: dict[str, int] = {}
        self.next_look = 1
        self.gap = 1
        self.ways: dict[Way, list[Any]] = {}
        """[times seen, {variable: {type, …}}]; beyond `MOST_WAYS` no new one is kept."""

    def note(self, way: Way, local_types: dict[str, str]) -> None:
        """Keep what a look found, and say which call is the next to look at."""
        found = self.ways.get(way)
        new = found is None
        if found is None:
            found = [0, {}]
            if len(self.ways) < MOST_WAYS:
                self.ways[way] = found
        found[0] += 1
        for name, kind in local_types.items():
            kinds = found[1].setdefault(name, set())
            new = new or kind not in kinds
            kinds.add(kind)
        self.plan(new)

    def plan(self, new: bool) -> None:
        """Each of the first calls, then ever fewer; the step is odd, so that a program's own rhythm is not met."""
        if self.calls < LOOKED_AT_FIRST:
            self.next_look = self.calls + 1
            return
        self.gap = 1 if new and len(self.ways) < MOST_WAYS else min(self.gap * 2 + 1, RAREST)
        self.next_look = self.calls + self.gap + self.calls % 7


class Look:
    """A call that is looked at: the types that it was called with, and what it has yielded so far."""

    __slots__ = ("arg_types", "record", "yields")

    def __init__(self, record: Calls, arg_types: tuple[str, ...]) -> None:
        self.record = record
        self.arg_types = arg_types
        self.yields: list[str] = []


Open = tuple[Calls, Look | None, bool, float, float]
"""An open call: its record, look, whether another call of the function is open around it, the seconds that the caller
had spent in calls before, and when it began."""


class Thread:
    """What one thread did: a record for each function, and the calls that are open, innermost last. Made in it."""

    def __init__(self) -> None:
        self.ident = threading.get_ident()
        clock = getattr(time, "pthread_getcpuclockid", None)  # not on macOS
        self.clock: int | None = None if clock is None else clock(self.ident)
        self.records: dict[int, Calls | None] = {}
        """By the id of the code object, which is kept alive by its record; None is not the user's."""
        self.stack: list[Open] = []
        self.inner_s = 0.0
        """Seconds in calls that the innermost open one has made."""

        self.kept: list[Calls] = []
        """The records once the tracer has ended."""

    def close(self) -> None:
        """Keep what was recorded. The table is emptied: a thread that goes on meets its code anew, and lets go."""
        self.kept = [record for record in list(self.records.values()) if record is not None and record.calls]
        self.records.clear()

    def unwind_to(self, code: CodeType) -> bool:
        """Drop calls whose end was not seen, down to the innermost of this code; False when it is not open."""
        if not any(entry[0].code is code for entry in self.stack):
            return False
        while self.stack[-1][0].code is not code:
            record, _, within, _, _ = self.stack.pop()
            record.is_open = within
        return True
