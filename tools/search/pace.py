"""A rule such as "one request every three seconds", kept by the whole process."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

from runtime.errors import SourceUnavailable

LONGEST_QUEUE_S = 60.0
"""Who would wait longer for a turn is told so instead."""


@dataclass(frozen=True)
class Clock:
    """Time as a test may replace it; seconds."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


class Pace:
    """Turns that begin at least `interval_s` apart; with `alone`, a turn also waits for the end of the one before."""

    def __init__(self, service: str, interval_s: float, *, alone: bool = False, clock: Clock | None = None) -> None:
        self.clock = clock or Clock()
        self._service, self._interval_s, self._alone = service, interval_s, alone
        self._waiting = 0
        self._free_at = float("-inf")
        self._counting, self._line = threading.Lock(), threading.Lock()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn and hold it. Raises `SourceUnavailable` when too many wait already."""
        with self._counting:
            if self._waiting * self._interval_s > LONGEST_QUEUE_S:
                raise SourceUnavailable(
                    f"{self._service} allows one request every {self._interval_s:g} s, and {self._waiting} requests of "
                    "this process already wait for it."
                )
            self._waiting += 1
        try:
            with self._line:
                self._await_interval()
                if self._alone:
                    yield
            if not self._alone:
                yield
        finally:
            with self._counting:
                self._waiting -= 1

    def _await_interval(self) -> None:
        wait = self._free_at - self.clock.now()
        if wait > 0:
            self.clock.sleep(wait)
        self._free_at = self.clock.now() + self._interval_s


@cache
def arxiv_pace() -> Pace:
    """The process's turns at arXiv: one request every three seconds, one connection at a time.

    Source: arXiv's "Terms of Use for arXiv APIs", section Rate limits.
    """
    return Pace("arXiv", 3.0, alone=True)


@cache
def openalex_pace() -> Pace:
    """The process's turns at OpenAlex: ten a second, the limit that every kind of user has ever had there."""
    return Pace("OpenAlex", 0.1)
