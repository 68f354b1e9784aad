"""The runtime tracer: which of the user's functions were called, with which types, how often and for how long."""

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType, TracebackType

from runtime.compiler.profile import Profile
from runtime.compiler.tracing.building import Seen, build
from runtime.compiler.tracing.functions import Functions
from runtime.compiler.tracing.sampler import Sampler
from runtime.compiler.tracing.scope import Scope
from runtime.compiler.tracing.with_monitoring import MonitoringEvents, NoRoom
from runtime.compiler.tracing.with_profile import ProfileEvents
from runtime.errors import InputError


class RuntimeTracer:
    """Watches this process from `start()` to `stop()`, or within `with RuntimeTracer() as tracer:`.

    What is looked at: code in `folders` (by default the folder of the file that starts the tracer), but no packages
    that are installed there; modules whose name begins with a prefix in `include`, wherever they lie; what was typed
    in. `main` is what `__main__` is called in the profile, by default as its file. No value of the program is kept.
    """

    def __init__(
        self, *, folders: Sequence[str | Path] | None = None, include: Sequence[str] = (), main: str | None = None
    ) -> None:
        self._folders = folders
        self._include = include
        self._main = main
        self._events: ProfileEvents | MonitoringEvents | None = None
        self.profile: Profile | None = None
        """What was seen, once it has stopped."""

    def start(self) -> None:
        """Begin. Raises `InputError` when another profiler runs already."""
        self._start(sys._getframe(1))

    def stop(self) -> Profile:
        """End, and say what was seen. Raises `InputError` when it does not run."""
        if self._events is None:
            raise InputError("The tracer does not run: call start() first, or use `with RuntimeTracer() as tracer:`.")
        events, self._events = self._events, None
        missed = events.stop()
        wall_s = time.perf_counter() - self._begun
        self._sampler.stop()
        records, count = self._functions.end(), self._functions.count
        if _children_s() > self._children_s:
            missed.append("Processes that the program started are not traced.")
        seen = Seen(self._name, wall_s, records, self._sampler.seen, count)
        del self._functions, self._sampler  # they keep the program's code alive
        seen.left_out += [*self._left_out, *missed]
        self.profile = build(seen)
        return self.profile

    def __enter__(self) -> "RuntimeTracer":
        self._start(sys._getframe(1))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def _start(self, caller: FrameType) -> None:
        if self._events is not None:
            raise InputError("The tracer runs already: call stop() first.")
        self._name = self._main or _name_of(caller)
        folders = self._folders if self._folders is not None else _folder_of(caller)
        self._functions = Functions(Scope(folders, self._include, self._name))
        new = sys.version_info >= (3, 12)
        if not new and sys.getprofile() is not None:
            raise InputError("Another profiler runs in this thread; stop it before the tracer starts.")
        self._children_s = _children_s()
        self._events = MonitoringEvents(self._functions) if new else ProfileEvents(self._functions)
        self._sampler = Sampler(self._functions)
        self._sampler.start()
        self._begun = time.perf_counter()
        try:
            self._left_out = self._events.start()
        except NoRoom as fault:
            self._sampler.stop()
            self._events = None
            raise InputError(str(fault)) from fault


def _name_of(caller: FrameType) -> str:
    name = str(caller.f_globals.get("__name__", "__main__"))
    file = caller.f_globals.get("__file__")
    return Path(file).stem if name == "__main__" and isinstance(file, str) else name


def _folder_of(caller: FrameType) -> list[str]:
    file = caller.f_code.co_filename
    return [] if file.startswith("<") else [str(Path(file).resolve().parent)]


def _children_s() -> float:
    """Processor time of the children that have ended."""
    times = os.times()
    return times.children_user + times.children_system
