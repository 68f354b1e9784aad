"""Workers that share one stage: a pool of threads, and for each run when its map began and how much of it is done."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from runtime.errors import ArxlaError

LONGEST_NAP_S = 0.2


class Map:
    """What this process has done of one run's map."""

    def __init__(self, name: str, side_by_side: int) -> None:
        self.name = name
        """Of the stage whose parts these are."""
        self.gate = asyncio.Semaphore(side_by_side)
        """Parts wait here, not in a thread, where this map may use fewer workers than there are."""
        self.begun = time.monotonic()
        self.succeeded = 0
        self.failed = 0
        self.refused = 0
        """Failures in a row that every other part would meet too."""
        self.fault: ArxlaError | None = None
        """What ended the run in one of its parts; the others are not begun any more."""
        self.last_end = float("-inf")
        """When the part before ended, on `time.monotonic()`'s clock, where parts take turns."""
        self._lock = threading.Lock()
        self._said: set[str] = set()
        self._earlier: int | None = None
        self._announced = False

    @property
    def seconds(self) -> float:
        """Since it began here."""
        return time.monotonic() - self.begun

    @property
    def ended(self) -> int:
        """Parts that have ended here, in success or failure."""
        return self.succeeded + self.failed

    def count(self, success: bool, refused: bool = False) -> None:
        """One more part has ended; `refused` for a reason that every other part would meet too."""
        with self._lock:
            self.succeeded += success
            self.failed += not success
            self.refused = self.refused + 1 if refused else 0

    def announce(self, tell: Callable[[], None]) -> None:
        """Tell that it begins: the first part does, and the others wait until it is told."""
        with self._lock:
            if not self._announced:
                tell()
                self._announced = True

    def earlier(self, count: Callable[[], int]) -> int:
        """What an earlier process had done of it: counted by the first part that asks, and by no other."""
        with self._lock:
            if self._earlier is None:
                self._earlier = count()
            return self._earlier

    def first_time(self, text: str) -> bool:
        """Whether no part has said `text` yet; from now on one has."""
        with self._lock:
            known = text in self._said
            self._said.add(text)
            return not known


class Crew:
    """One a process: at most `workers` parts of maps run at once, whatever number of runs shares them.

    With a `delay` (seconds) there is one worker, and a part waits that long after the one before it.
    """

    def __init__(self, workers: int, delay: float = 0.0) -> None:
        self.workers = 1 if delay else workers
        self.delay = delay
        self._pool: ThreadPoolExecutor | None = None
        self._maps: dict[str, Map] = {}
        self._lock = threading.Lock()

    @property
    def pool(self) -> ThreadPoolExecutor:
        """Started when it is first needed."""
        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(self.workers, thread_name_prefix="part")
            return self._pool

    def open_map(self, run_id: str, name: str, side_by_side: int | None) -> Map:
        """The map that a run is in; a new one when it is in none."""
        with self._lock:
            return self._maps.setdefault(run_id, Map(name, side_by_side or self.workers))

    def close_map(self, run_id: str) -> Map | None:
        """Forget the map that a run was in, if it was in one: the run has gone on to its next stage, or has stopped."""
        with self._lock:
            return self._maps.pop(run_id, None)

    @contextmanager
    def turn(self, whole: Map, check: Callable[[], None]) -> Iterator[None]:
        """Where parts go one after another, wait out the delay since the last one; `check` may raise meanwhile."""
        while self.delay and (left := whole.last_end + self.delay - time.monotonic()) > 0:
            check()
            time.sleep(min(left, LONGEST_NAP_S))
        try:
            yield
        finally:
            whole.last_end = time.monotonic()

    def close(self) -> None:
        """Start nothing more; parts that are under way see to their own end."""
        with self._lock:
            if self._pool is not None:
                self._pool.shutdown(wait=False, cancel_futures=True)
                self._pool = None
