"""What is counted of one function in one thread, and when a call of it is looked at."""

from types import CodeType
from typing import Any

from runtime.compiler.value_types import MOST, plain

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
        self.name = f"{plain(module)}.{plain(qualified)}"
        self.file = code.co_filename
        self.line = code.co_firstlineno
        self.kind = next((kind for flag, kind in KINDS if code.co_flags & flag), "function")
        self.arg_names = [plain(name) for name in code.co_varnames[: arguments(code)]]
        self.opcodes = code.co_code


def arguments(code: CodeType) -> int:
    """How many of a code object's first variables are arguments, `*args` and `**kwargs` among them."""
    more = bool(code.co_flags & VARARGS) + bool(code.co_flags & VARKEYWORDS)
    return code.co_argcount + code.co_kwonlyargcount + more


class Calls:
    """Counts, times (seconds) and ways of the calls of one function in one thread."""

    __slots__ = (
        *("calls", "code", "exceptions", "function", "gap", "is_open"),
        *("next_look", "resumes", "self_s", "threads", "total_s", "ways"),
    )

    def __init__(self, function: Function) -> None:
        self.function = function
        self.code = function.code
        self.resumes = function.kind != "function"
        self.calls = 0
        self.threads = 1
        self.is_open = False
        self.self_s = self.total_s = 0.0
        self.exceptions: dict[str, int] = {}
        self.next_look = 1
        self.gap = 1
        self.ways: dict[Way, list[Any]] = {}
        """[times seen, {variable: {type, …}}]; beyond `MOST_WAYS` no new one is kept, nor a type more than it takes to
        make a union `Any`."""

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
            if kind not in kinds and len(kinds) <= MOST:
                kinds.add(kind)
                new = True
        self.plan(new)

    def plan(self, new: bool) -> None:
        """Each of the first calls, then ever fewer; the step is odd, so that a program's own rhythm is not met."""
        if self.calls < LOOKED_AT_FIRST:
            self.next_look = self.calls + 1
            return
        self.gap = 1 if new and len(self.ways) < MOST_WAYS else min(self.gap * 2 + 1, RAREST)
        self.next_look = self.calls + self.gap + self.calls % 7

    def add(self, other: "Calls") -> None:
        """What another thread counted of the same function."""
        self.calls += other.calls
        self.threads += other.threads
        self.self_s += other.self_s
        self.total_s += other.total_s
        for name, times in other.exceptions.items():
            self.exceptions[name] = self.exceptions.get(name, 0) + times
        for way, (count, local_types) in other.ways.items():
            if way not in self.ways and len(self.ways) >= MOST_WAYS:
                continue
            kept = self.ways.setdefault(way, [0, {}])
            kept[0] += count
            for name, kinds in local_types.items():
                kept[1].setdefault(name, set()).update(kinds)


class Look:
    """A call that is looked at: the types that it was called with, and what it has yielded so far."""

    __slots__ = ("arg_types", "record", "yields")

    def __init__(self, record: Calls, arg_types: tuple[str, ...]) -> None:
        self.record = record
        self.arg_types = arg_types
        self.yields: list[str] = []
