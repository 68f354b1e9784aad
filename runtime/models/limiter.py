"""One queue for each model of the process: calls start in turn, within the model's limits, and pause together.

Every run, thread and agent of the process that asks the same model at the same address waits in the same queue, because
the provider counts them together.
"""

import bisect
import functools
import itertools
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from runtime.models.allowance import Allowance, Use
from runtime.models.attempts import LONGEST_RETRY_AFTER_S, Clock, Patience
from runtime.models.names import ModelName

LONGEST_RETURN_S = 5.0
"""Over how long callers come back after a pause, so that they don't return in step."""
JITTER = 0.25
LEARNING = 0.2
"""How much one call's real tokens say about the next one's."""
FARTHEST = 2.0
"""By which factor estimates are raised at most; they are not lowered, for calls differ in size."""
LOOK_S = 5.0
"""How often a waiting call looks around although nobody has called it; being called is the rule."""


@dataclass(order=True)
class Ticket:
    """A place in the queue: by the time the call was first made, so that a retried call stands in front."""

    place: float
    number: int
    tokens: int = field(compare=False)
    turn: threading.Event = field(default_factory=threading.Event, compare=False)


class Slot:
    """Leave to make one request."""

    def __init__(self, limiter: "Limiter", use: Use, started: float, waited_s: float) -> None:
        self._limiter, self._use, self._started, self.waited_s = limiter, use, started, waited_s
        self.settled = False

    @property
    def oversized(self) -> bool:
        """Whether the request is larger than a minute's whole allowance."""
        return self._use.oversized

    def settle(self, tokens: int) -> None:
        """Say what the request really took, 0 when it was refused."""
        self.settled = True
        self._limiter.settle(self._use, tokens)

    def succeeded(self) -> None:
        """The model answered: the next refusal is a first one again."""
        self._limiter.succeeded(self._started)

    def throttled(self, retry_after_s: float | None, patience: Patience) -> tuple[float, bool]:
        """The model refused for its limits: everybody pauses. Seconds to wait, and whether this began the pause."""
        return self._limiter.throttled(self._started, retry_after_s, patience)


class Limiter:
    """First come, first served, under the limits of one model; thread-safe."""

    def __init__(
        self, now: Callable[[], float] = time.monotonic, minute_s: float = 60.0, jitter: random.Random | None = None
    ) -> None:
        self._now, self._jitter = now, jitter or random.Random()
        self._allowance = Allowance(None, None, now(), minute_s)
        self._lock = threading.Lock()
        self._queue: list[Ticket] = []
        self._numbers = itertools.count()
        self._correction = 1.0
        self._strikes = 0
        self._pause_began = self._resume_at = self._returned_at = self._next_return = float("-inf")

    def keep(self, tokens: int | None, requests: int | None) -> None:
        """Hold these limits a minute from now on; None is no bound."""
        with self._lock:
            if (tokens, requests) != self.limits:
                self._allowance.change(tokens, requests)
                self._call_next()

    @property
    def limits(self) -> tuple[int | None, int | None]:
        """Tokens and requests a minute."""
        return self._allowance.tokens, self._allowance.requests

    @property
    def waiting(self) -> int:
        """Calls in the queue."""
        return len(self._queue)

    @contextmanager
    def slot(self, tokens: int, clock: Clock, place: float | None = None) -> Iterator[Slot]:
        """Wait for the turn of a request of about that many tokens; `place` is when its call was first made.

        What requests really took corrects the estimates of later ones.

        A slot that is left without `settle` counts no tokens. Raises what `Clock.left` raises.
        """
        began = self._now()
        ticket = Ticket(began if place is None else place, next(self._numbers), tokens)
        with self._lock:
            bisect.insort(self._queue, ticket)
        try:
            use = self._admit(ticket)
            while not isinstance(use, Use):
                clock.wait(ticket.turn, min(use, LOOK_S))
                use = self._admit(ticket)
        except BaseException:
            with self._lock:
                self._queue.remove(ticket)
                self._call_next()
            raise
        slot = Slot(self, use, self._now(), self._now() - began)
        try:
            yield slot
        finally:
            if not slot.settled:
                slot.settle(0)

    def settle(self, use: Use, tokens: int) -> None:
        with self._lock:
            if tokens and use.tokens:
                real = self._correction * tokens / use.tokens
                self._correction += LEARNING * (min(FARTHEST, max(1.0, real)) - self._correction)
            self._allowance.settle(use, tokens)
            self._call_next()

    def succeeded(self, started: float) -> None:
        with self._lock:
            if started >= self._resume_at:
                self._strikes = 0

    def throttled(self, started: float, retry_after_s: float | None, patience: Patience) -> tuple[float, bool]:
        with self._lock:
            now = self._now()
            if (retry_after_s or 0.0) > LONGEST_RETRY_AFTER_S:
                return retry_after_s or 0.0, True
            if begins := started > self._pause_began:
                self._strikes += 1
                self._pause_began = now
                self._allowance.refused(again=self._strikes > 1)
                self._pause(now, self._backoff(retry_after_s, patience))
            elif retry_after_s is not None:
                self._pause(now, retry_after_s)
            return max(0.0, self._resume_at - now), begins

    def _backoff(self, retry_after_s: float | None, patience: Patience) -> float:
        """The server's own word at first; when it refuses again, waits that double."""
        doublings = self._strikes - (1 if retry_after_s is None else 2)
        own = min(patience.max_wait_s, patience.wait_s * 2.0**doublings) if doublings >= 0 else 0.0
        return max(own, retry_after_s or 0.0) * (1 + self._jitter.uniform(0, JITTER))

    def _pause(self, now: float, seconds: float) -> None:
        self._resume_at = max(self._resume_at, now + seconds)
        self._next_return = self._resume_at
        self._returned_at = self._resume_at + min(LONGEST_RETURN_S, seconds)

    def _admit(self, ticket: Ticket) -> Use | float:
        """Leave to start, or for how many seconds to wait."""
        with self._lock:
            ticket.turn.clear()
            if self._queue[0] is not ticket:
                return LOOK_S
            now, tokens = self._now(), int(ticket.tokens * self._correction)
            wait = max(self._resume_at - now, self._allowance.wait(now, tokens))
            if now < self._returned_at:
                wait = max(wait, self._next_return - now)
            if wait > 0:
                return wait
            if now < self._returned_at:
                gap = (self._returned_at - self._resume_at) / len(self._queue)
                self._next_return = now + gap * self._jitter.uniform(0.5, 1.5)
            self._queue.pop(0)
            self._call_next()
            return self._allowance.take(now, tokens)

    def _call_next(self) -> None:
        if self._queue:
            self._queue[0].turn.set()


_MAKING = threading.Lock()


def limiter_of(name: ModelName, base_url: str | None) -> Limiter:
    """The process's one limiter of a model at an address."""
    with _MAKING:  # A cache alone would make several when many ask at once.
        return _make(name, base_url)


@functools.cache
def _make(_name: ModelName, _base_url: str | None) -> Limiter:
    return Limiter()
