"""One GET to a public service as it must be made in a bad world: paced, bounded in time and size, retried."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from runtime.errors import SourceUnavailable
from runtime.models.names import is_local
from tools.search.pace import Pace

T = TypeVar("T")
ATTEMPTS = 3
LONGEST_RETRY_AFTER_S = 10.0
"""A service that asks for more is not waited for: a review goes on without it."""
CONNECT_S = 5.0
READ_S = 15.0
WHOLE_S = 25.0
"""Of one attempt, however slowly the bytes come."""
MOST_BYTES = 8_000_000
LONGEST_REASON = 160
WORTH_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
REFUSALS = frozenset({401, 403, 429})
AGENT = "arxla (https://pypi.org/project/arxla)"


class Failed(Exception):
    """One attempt that failed; `again` says whether another is worth it. Never leaves this package."""

    def __init__(self, reason: str, *, again: bool, retry_after_s: float = 0.0, refused: bool = False) -> None:
        super().__init__(reason)
        self.refused = refused
        self.again = again and retry_after_s <= LONGEST_RETRY_AFTER_S
        self.retry_after_s = retry_after_s


class Garbled(ValueError):
    """Raised by a reader whose service sent something that it can't read, as services do when they are overloaded."""


@dataclass(frozen=True)
class Web:
    """How one service is asked; `name` is what people call it."""

    name: str
    url: str
    pace: Pace
    wait_s: float = 1.0
    most_bytes: int = MOST_BYTES
    whole_s: float = WHOLE_S
    hint: str = ""
    """What a user can do when the service refuses, in words."""

    def get(self, parameters: Mapping[str, str], read: Callable[[bytes, int], T]) -> T:
        """Fetch and read with `read(body, status)`, which raises `Garbled`. Raises `SourceUnavailable`."""
        retrying = Retrying(
            stop=stop_after_attempt(ATTEMPTS),
            retry=retry_if_exception(lambda error: isinstance(error, Failed) and error.again),
            wait=self._wait,
            sleep=self.pace.clock.sleep,
            reraise=True,
        )
        try:
            answer: T = retrying(self._attempt, parameters, read)
            return answer
        except Failed as failed:
            hint = f"; {self.hint}" if self.hint and failed.refused else ""
            raise SourceUnavailable(f"{self.name} could not be searched: {failed}{hint}.") from failed

    def _wait(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = error.retry_after_s if isinstance(error, Failed) else 0.0
        return max(asked, wait_exponential_jitter(initial=self.wait_s, max=8.0, jitter=self.wait_s)(state))

    def _attempt(self, parameters: Mapping[str, str], read: Callable[[bytes, int], T]) -> T:
        with self.pace.turn():
            status, headers, body = self._fetch(parameters)
        if status in WORTH_AGAIN:
            wait = _retry_after(headers)
            raise Failed(f"it answered {status}", again=True, retry_after_s=wait, refused=status in REFUSALS)
        try:
            answer = read(body, status)
        except Garbled as error:
            reason = str(error)[:LONGEST_REASON]
            raise Failed(reason, again=status == 200, refused=status in REFUSALS) from error
        if status != 200:
            raise Failed(f"it answered {status}", again=False, refused=status in REFUSALS)
        return answer

    def _fetch(self, parameters: Mapping[str, str]) -> tuple[int, httpx.Headers, bytes]:
        timeout = httpx.Timeout(READ_S, connect=CONNECT_S)
        over = self.pace.clock.now() + self.whole_s
        try:
            with (
                httpx.Client(
                    timeout=timeout,
                    follow_redirects=True,
                    max_redirects=3,
                    trust_env=not is_local(self.url),
                    headers={"user-agent": AGENT},
                ) as client,
                client.stream("GET", self.url, params=dict(parameters)) as response,
            ):
                body = bytearray()
                for piece in response.iter_bytes(65_536):
                    body += piece
                    if len(body) > self.most_bytes:
                        raise Failed(f"its answer is larger than {self.most_bytes / 1e6:g} MB", again=False)
                    if self.pace.clock.now() > over:
                        raise Failed(f"its answer took longer than {self.whole_s:g} s", again=False)
                return response.status_code, response.headers, bytes(body)
        except httpx.ConnectError as error:
            raise Failed("there is no connection to it", again=False) from error
        except httpx.TimeoutException as error:
            raise Failed("it gave no answer in time", again=not isinstance(error, httpx.ConnectTimeout)) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Failed(f"the exchange broke ({type(error).__name__})", again=True) from error


def _retry_after(headers: httpx.Headers) -> float:
    """Seconds of a Retry-After header, which is a number or a date (RFC 9110, section 10.2.3)."""
    text = headers.get("retry-after", "").strip()
    if text.isdigit():
        return float(text[:9])
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return 0.0
