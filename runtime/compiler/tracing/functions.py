"""The user's functions that were met, shared by all threads."""

from types import CodeType, FrameType

from runtime.compiler.tracing.looks import end_open
from runtime.compiler.tracing.records import Calls, Function, Look
from runtime.compiler.tracing.scope import Scope

MOST_FUNCTIONS = 20_000


class Functions:
    """Decides once for each code object whether it is the user's."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self.met: dict[int, tuple[CodeType, Function | None]] = {}
        """By the id of the code object, which is kept alive so that the id stays its own."""
        self.count = 0
        self.open_looks: dict[int, Look] = {}
        """Of generators and coroutines that may go on, by the id of their frame."""

    def admit(self, code: CodeType, frame: FrameType) -> Calls | None:
        """A record for a thread that meets this code for the first time."""
        if id(code) not in self.met:
            self.met[id(code)] = (code, self._function(code, frame))
        function = self.met[id(code)][1]
        return None if function is None else Calls(function)

    def _function(self, code: CodeType, frame: FrameType) -> Function | None:
        module = _module(frame)
        if self.count >= MOST_FUNCTIONS or not self._scope.covers(code, module):
            return None
        self.count += 1
        return Function(code, self._scope.main if module == "__main__" else module)

    def end(self) -> None:
        """Keep what was seen of generators that never ended."""
        for look in self.open_looks.values():
            end_open(look)
        self.open_looks.clear()


def _module(frame: FrameType) -> str:
    """What the frame's module calls itself; anything may be written there."""
    name = dict.get(frame.f_globals, "__name__")
    return name if type(name) is str else "__unnamed__"
