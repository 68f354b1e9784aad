"""The user's functions that were met, shared by all threads."""

import weakref
from functools import partial
from types import CodeType, FrameType

from runtime.compiler.tracing.looks import end_open
from runtime.compiler.tracing.records import Calls, Function, Look
from runtime.compiler.tracing.scope import Scope
from runtime.compiler.tracing.threads import Threads

MOST_FUNCTIONS = 20_000


class Functions:
    """Decides once for each code object whether it is the user's."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self.threads = Threads()
        self.met: dict[int, Function | None] = {}
        """By the id of the code object; None is not the user's."""
        self._others: dict[int, weakref.ref[CodeType]] = {}
        """What is not the user's dies when it would, and is forgotten then; the user's is kept alive by its record."""
        self.count = 0
        self.open_looks: dict[int, Look] = {}
        """Of generators and coroutines that may go on, by the id of their frame."""

    def admit(self, code: CodeType, frame: FrameType) -> Calls | None:
        """A record for a thread that meets this code for the first time."""
        key = id(code)
        if key not in self.met:
            function = self.met[key] = self._function(code, frame)
            if function is None:
                self._others[key] = weakref.ref(code, partial(self._forget, key))
        function = self.met[key]
        return None if function is None else Calls(function)

    def _forget(self, key: int, _dead: "weakref.ref[CodeType]") -> None:
        self.met.pop(key, None)
        self._others.pop(key, None)
        self.threads.forget(key)

    def _function(self, code: CodeType, frame: FrameType) -> Function | None:
        module = _module(frame)
        if self.count >= MOST_FUNCTIONS or not self._scope.covers(code, module):
            return None
        self.count += 1
        return Function(code, self._scope.main if module == "__main__" else module)

    def end(self) -> list[Calls]:
        """Let all go; what was recorded, with what was seen of generators that never ended."""
        for look in self.open_looks.values():
            end_open(look)
        self.open_looks.clear()
        self._others.clear()
        self.met.clear()
        return self.threads.end()


def _module(frame: FrameType) -> str:
    """What the frame's module calls itself; anything may be written there."""
    name = dict.get(frame.f_globals, "__name__")
    return name if type(name) is str else "__unnamed__"
