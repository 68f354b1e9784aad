"""How much may be sent to a model now, under a limit of tokens and requests a minute. No clock, no threads.

Most providers count in a bucket that holds a minute's tokens and refills all the time (OpenAI, Anthropic, Bedrock), and
so does this. Others count a sliding or fixed minute, or by the second. A model that refuses again and again although
the bucket was kept is sent its tokens more and more evenly, and never more in a minute than the limit says.
"""

from collections import deque
from dataclasses import dataclass

SMALLER_BURST = 0.1
"""By which what may be sent at once shrinks each time that a model refuses right after a pause."""
SHORTEST_WAIT_S = 1e-6
"""Less is a rounding error."""
SLACK = 1 / 60
"""Of the minute, by which requests may differ in the time that they travel."""


@dataclass
class Use:
    """One request in the log: its estimate until it is settled, then its real tokens."""

    at: float
    tokens: int
    oversized: bool = False
    """Larger than the whole allowance, and let through alone."""


class Allowance:
    """The state of one limit; times are seconds on the caller's clock and may not go back."""

    def __init__(self, tokens: int | None, requests: int | None, now: float, minute_s: float = 60.0) -> None:
        """`tokens` and `requests` are per `minute_s`; None is no bound."""
        self.tokens: int | None = None
        self.requests: int | None = None
        self._minute = minute_s * (1 + SLACK)
        self._log: deque[Use] = deque()
        self._logged = 0
        self._burst = 1.0
        self._level = 0.0
        self._filled_at = now
        self.change(tokens, requests)

    def change(self, tokens: int | None, requests: int | None) -> None:
        """Keep other limits from now on; what the last minute took still counts."""
        if tokens != self.tokens:
            self.tokens = tokens
            self._level = self._capacity - self._logged
        self.requests = requests

    def wait(self, now: float, tokens: int) -> float:
        """Seconds until a request of that many tokens may start, 0.0 when it may now."""
        self._advance(now)
        waits = [0.0]
        if self.requests is not None and len(self._log) >= self.requests:
            waits.append(self._leaves(self._log[len(self._log) - self.requests]) - now)
        if self.tokens is not None:
            missing = min(float(tokens), self._capacity) - self._level
            waits.append(missing * self._minute / self.tokens)
            if self._burst < 1:
                waits.append(self._window_wait(now, tokens))
        longest = max(waits)
        return longest if longest > SHORTEST_WAIT_S else 0.0

    def take(self, now: float, tokens: int) -> Use:
        """Count a request that starts now; the caller has waited."""
        self._advance(now)
        use = Use(now, tokens, oversized=self.tokens is not None and tokens > self.tokens)
        self._log.append(use)
        self._logged += tokens
        self._level -= tokens
        return use

    def settle(self, use: Use, tokens: int) -> None:
        """Replace an estimate by what the request really took."""
        if self._log and use.at >= self._log[0].at:
            self._logged += tokens - use.tokens
        self._level = min(self._capacity, self._level + use.tokens - tokens)
        use.tokens = tokens

    def refused(self, again: bool) -> None:
        """The model refused although the bucket was kept: it is empty, then. `again`: right after a pause, too.

        Then the model counts in another way: what is sent is spread, and every minute is counted.
        """
        self._level = min(self._level, 0.0)
        if again:
            self._burst *= SMALLER_BURST

    @property
    def _capacity(self) -> float:
        return float(self.tokens or 0) * self._burst * (1 - SLACK)

    def _leaves(self, use: Use) -> float:
        return use.at + self._minute

    def _advance(self, now: float) -> None:
        if self.tokens is not None:
            refilled = self._level + (now - self._filled_at) * self.tokens / self._minute
            self._level = min(self._capacity, refilled)
        self._filled_at = max(self._filled_at, now)
        while self._log and self._leaves(self._log[0]) <= now:
            self._logged -= self._log.popleft().tokens

    def _window_wait(self, now: float, tokens: int) -> float:
        """Until the last minute's log has room."""
        allowed = self.tokens or 0
        over = self._logged - allowed + min(tokens, allowed)
        for use in self._log:
            if over <= 0:
                break
            over -= use.tokens
            if over <= 0:
                return self._leaves(use) - now
        return 0.0
