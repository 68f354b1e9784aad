"""Who works on what, among all servers that share a database or a results folder."""

import asyncio
import hashlib
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from arxla.serving.backend import Backend

POLL_S = 0.2


class Leases:
    """Named locks of this process: each is held by one holder in all processes, and free as soon as that one dies."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._guard = threading.Lock()
        self._names: dict[int, str] = {}

    def take(self, name: str) -> bool:
        """Whether `name` is now ours; False when somebody has it, another task of this process too."""
        key = number_of(name)
        with self._guard:
            if key in self._names or not self._backend.try_lock(key):
                return False
            self._names[key] = name
        return True

    def give_back(self, name: str) -> None:
        """For what `take` gave."""
        key = number_of(name)
        with self._guard:
            if self._names.pop(key, None) is not None:
                self._backend.unlock(key)

    def is_held(self, name: str) -> bool:
        """Whether anybody has it now."""
        if self.take(name):
            self.give_back(name)
            return False
        return True

    def lost(self) -> set[str]:
        """The names that a broken connection cost us."""
        with self._guard:
            return {self._names.pop(key) for key in self._backend.lost_locks() if key in self._names}

    @asynccontextmanager
    async def hold(self, name: str, wait_s: float) -> AsyncIterator[bool]:
        """Give whether the lease could be had within `wait_s`; it is held until the end of the block."""
        taken, deadline = await self._take(name), time.monotonic() + wait_s
        while not taken and time.monotonic() < deadline:
            await asyncio.sleep(POLL_S)
            taken = await self._take(name)
        try:
            yield taken
        finally:
            if taken:
                await asyncio.to_thread(self.give_back, name)

    async def _take(self, name: str) -> bool:
        """`take` in a thread; what a cancelled task still got is given back."""
        attempt = asyncio.ensure_future(asyncio.to_thread(self.take, name))
        try:
            return await asyncio.shield(attempt)
        except asyncio.CancelledError:
            attempt.add_done_callback(lambda done: self.give_back(name) if _succeeded(done) else None)
            raise


def _succeeded(attempt: "asyncio.Future[bool]") -> bool:
    return not attempt.cancelled() and attempt.exception() is None and attempt.result()


def thread_lease(thread_id: str) -> str:
    """The lease that says that somebody works on a thread."""
    return f"thread:{thread_id}"


def number_of(name: str) -> int:
    """A lock's number, of 62 bits: what both kinds of lock can carry."""
    return int.from_bytes(hashlib.blake2b(f"arxla:{name}".encode(), digest_size=8).digest()) >> 2
