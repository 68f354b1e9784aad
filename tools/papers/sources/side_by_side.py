"""Many small jobs at once, answered in order."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from typing import TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")
WORKERS = 4
"""Each waits for a child process or for the network."""


def side_by_side(
    items: Iterable[Item], work: Callable[[Item, Event], Answer], workers: int = WORKERS
) -> Iterator[Answer]:
    """`work` on each item in threads, with at most two items a thread taken in advance; a failure is raised in turn.

    The event tells work that is still going on to end: nobody waits for its answer any more.
    """
    stop = Event()
    waiting: deque[Future[Answer]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        try:
            for item in items:
                waiting.append(pool.submit(work, item, stop))
                if len(waiting) > 2 * workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            stop.set()
            for future in waiting:
                future.cancel()
