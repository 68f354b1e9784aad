"""Looks at all threads every few milliseconds: which of the user's functions are open, and in which lines.

A sample weighs as much as its thread used of the processor since the last one, so that waiting weighs nothing.
"""

import _thread
import importlib
import importlib.util
import os
import sys
import time
from collections import Counter
from types import FrameType
from typing import Any

from runtime.compiler.tracing.functions import Functions
from runtime.compiler.tracing.records import Function
from runtime.compiler.tracing.threads import Thread

EVERY_S = 0.002
LATEST_S = 10.0
"""A sampler ends between two looks."""
MOST_KINDS = 20_000
"""Different samples that are kept; the lightest half goes when there are more."""
DEEPEST = 500
"""Frames of a thread that are looked at, innermost first."""
OpenFunctions = tuple[tuple[Function, int], ...]
"""The user's functions that are open with the line in each, innermost first; a function once, where it is innermost."""


def _interpreters() -> Any:
    """The module that lists this process's interpreters, from Python 3.12 on, where each may have a lock of its own."""
    for name in ("_interpreters", "_xxsubinterpreters"):
        if sys.version_info >= (3, 12) and importlib.util.find_spec(name):
            return importlib.import_module(name)
    return None


INTERPRETERS = _interpreters()


def _others_run() -> bool:
    """Python reads the frames of the other interpreters' threads, too, without their lock: it would crash."""
    return INTERPRETERS is not None and len(INTERPRETERS.list_all()) > 1


class Sampler:
    """A thread of its own, which `threading` does not list, so that the program does not meet it."""

    def __init__(self, functions: Functions) -> None:
        self._functions = functions
        self._threads = functions.threads
        self._process = os.getpid()
        self._end = _thread.allocate_lock()
        self._ended = _thread.allocate_lock()
        self.seen: Counter[OpenFunctions] = Counter()
        """Seconds of processor time; those of samples that were let go are `()`."""

    def start(self) -> None:
        self._end.acquire()
        self._ended.acquire()
        _thread.start_new_thread(self._run, ())

    def stop(self) -> None:
        self._end.release()
        if os.getpid() == self._process:  # a child that was forked has no such thread
            self._ended.acquire(timeout=LATEST_S)

    def _run(self) -> None:
        try:
            while not self._end.acquire(timeout=EVERY_S):
                self._threads.add_up()
                self._look()
        finally:
            self._ended.release()

    def _look(self) -> None:
        if _others_run():
            return
        frames = sys._current_frames()
        del frames[_thread.get_ident()]  # this one holds `frames`: a cycle that would keep all the others alive
        for thread in list(self._threads.running.values()):
            weight = self._weight(thread)
            frame = frames.get(thread.ident)
            if frame is not None and weight > 0:
                opened = self._open(frame)
                if opened:
                    self.seen[opened] += weight  # type: ignore[assignment]  # a Counter of seconds
        self._let_go_if_many()

    def _let_go_if_many(self) -> None:
        if len(self.seen) <= MOST_KINDS:
            return
        kept = Counter(dict(self.seen.most_common(MOST_KINDS // 2)))
        kept[()] += self.seen.total() - kept.total()
        self.seen = kept

    def _weight(self, thread: Thread) -> float:
        try:
            used = time.clock_gettime(thread.clock) if thread.clock is not None else time.perf_counter()
        except OSError:  # it has ended
            return 0.0
        before, thread.used_s = thread.used_s, used
        return 0.0 if before is None else used - before

    def _open(self, frame: FrameType | None) -> OpenFunctions:
        opened: dict[Function, int] = {}
        for _ in range(DEEPEST):
            if frame is None:
                break
            function = self._functions.met.get(id(frame.f_code))
            if function is not None and function not in opened:
                opened[function] = frame.f_lineno or function.line
            frame = frame.f_back
        return tuple(opened.items())
