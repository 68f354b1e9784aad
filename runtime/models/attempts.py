"""One model call as it must be made in a bad world: bounded in time, repeated with patience, stopped when asked."""

import contextvars
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from runtime.errors import BudgetExhausted, Cancelled, ModelUnavailable
from runtime.models.faults import LASTING, Fault, FaultKind, classify
from runtime.settings import Settings

T = TypeVar("T")
SLOW_ATTEMPTS = 3
"""A model that three times gave no reply in the time of a call is not tried further."""
LONGEST_RETRY_AFTER_S = 600.0
POLL_S = 0.1
"""How often a waiting call looks whether it was cancelled."""


@dataclass(frozen=True)
class Patience:
    """How long and how often a call is tried. Waits double from `wait_s` to `max_wait_s`, with jitter."""

    attempts: int = 8
    timeout_s: float = 150.0
    wait_s: float = 5.0
    max_wait_s: float = 120.0

    @classmethod
    def of(cls, settings: Settings) -> "Patience":
        return cls(
            settings.arxla_model_attempts,
            settings.arxla_model_timeout_s,
            settings.arxla_model_wait_s,
            settings.arxla_model_max_wait_s,
        )


class FailedCall(Exception):
    """A classified fault on its way to the retry policy; never leaves this package."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


@dataclass(frozen=True)
class Clock:
    """The two things that may stop a call from outside. `deadline` is on `time.monotonic`'s clock, in seconds."""

    cancel: threading.Event = field(default_factory=threading.Event)
    deadline: float | None = None
    over: str = "The run's time is up: raise --max-minutes."
    """What is said when the deadline has passed."""

    def left(self) -> float:
        """Seconds until the deadline, infinity without one. Raises `Cancelled` or `BudgetExhausted`."""
        if self.cancel.is_set():
            raise Cancelled("The run was cancelled while a language model was being asked.")
        if self.deadline is None:
            return float("inf")
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise BudgetExhausted(self.over)
        return left

    def sleep(self, seconds: float) -> None:
        """Wait, but no longer than the deadline or a cancellation allows."""
        self.cancel.wait(min(seconds, self.left()))
        self.left()

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """Wait for `event`, at most `seconds`; whether it came. Raises `Cancelled` or `BudgetExhausted`."""
        end = time.monotonic() + seconds
        while not event.wait(max(0.0, min(POLL_S, end - time.monotonic(), self.left()))):
            self.left()
            if time.monotonic() >= end:
                return False
        return True

    def until(self, seconds: float | None, over: str) -> "Clock":
        """This clock with a deadline in that many seconds, when that is earlier; None is no bound."""
        if seconds is None or seconds >= self.left():
            return self
        return Clock(self.cancel, time.monotonic() + seconds, over)


def call_within(seconds: float, call: Callable[[], T], errors: tuple[type[Exception], ...], clock: Clock) -> T:
    """Run a blocking call in a thread of its own and give up on it after `seconds`.

    A client's own timeout starts anew with each byte, so a dripping server could hold a call for ever; this is total.
    An abandoned call ends by its client's timeout and can't keep the process alive. Raises `FailedCall`.
    """
    box: list[T] = []
    failures: list[Exception] = []
    done = threading.Event()

    def work() -> None:
        try:
            box.append(call())
        except errors as error:
            failures.append(error)
        finally:
            done.set()

    limit = min(seconds, clock.left())
    context = contextvars.copy_context()
    threading.Thread(target=context.run, args=(work,), name="model-call", daemon=True).start()
    slow = Fault(FaultKind.SLOW, f"no reply within {limit:.3g} s")
    if not clock.wait(done, limit):
        raise FailedCall(slow)
    if failures:  # the client's own timeout may be a moment earlier than ours: it is the same fault
        fault = classify(failures[0])
        raise FailedCall(slow if fault.kind is FaultKind.SLOW else fault) from failures[0]
    if not box:
        raise RuntimeError("the model call ended with an unexpected exception; see the thread's traceback above")
    return box[0]


def call_patiently(
    attempt: Callable[[], T], patience: Patience, clock: Clock, on_wait: Callable[[Fault, float, int], None]
) -> T:
    """Repeat `attempt` while its faults are worth it; raises `FailedCall` with the last fault.

    `on_wait(fault, seconds, attempt number)` is told before each wait. A server that asks for more than ten minutes, or
    for more than is left until the deadline, is not waited for.
    """
    slow = 0
    backoff = wait_exponential_jitter(initial=patience.wait_s, max=patience.max_wait_s, jitter=patience.wait_s)

    def worth_it(error: BaseException) -> bool:
        nonlocal slow
        if not isinstance(error, FailedCall) or not error.fault.retryable:
            return False
        slow += error.fault.kind is FaultKind.SLOW
        wait = error.fault.retry_after_s or 0.0
        return slow < SLOW_ATTEMPTS and wait <= min(LONGEST_RETRY_AFTER_S, clock.left())

    def wait(state: RetryCallState) -> float:
        fault = _fault(state)
        if fault.pause_s is not None:
            return fault.pause_s
        return max(backoff(state), fault.retry_after_s or 0.0)

    def announce(state: RetryCallState) -> None:
        seconds = state.next_action.sleep if state.next_action else 0.0
        on_wait(_fault(state), float(seconds), state.attempt_number)

    retrying = Retrying(
        stop=stop_after_attempt(patience.attempts),
        retry=retry_if_exception(worth_it),
        wait=wait,
        sleep=clock.sleep,
        before_sleep=announce,
        reraise=True,
    )
    return retrying(attempt)


def unavailable(model: str, fault: Fault, key_hint: str, attempts: int) -> ModelUnavailable:
    """The fault as the one sentence a user reads."""
    match fault.kind:
        case FaultKind.KEY:
            text = f"{model} refused the key ({fault.message}): {key_hint}."
        case FaultKind.QUOTA:
            text = f"{model} says that the quota is used up ({fault.message}): add credit or choose another --model."
        case FaultKind.TOO_LONG:
            text = f"The request is too long for {model} ({fault.message}): choose a model with a larger context."
        case FaultKind.NO_MODEL:
            text = f"{model} is not served there ({fault.message}): check the model's name and address."
        case FaultKind.REFUSED:
            text = f"{model} refused the request ({fault.message})."
        case _:
            tries = f"{attempts} attempt" + "s" * (attempts != 1)
            text = f"{model} kept failing after {tries} ({fault.message}): try later or choose another --model."
    return ModelUnavailable(text, lasting=fault.kind in LASTING)


def _fault(state: RetryCallState) -> Fault:
    error = state.outcome.exception() if state.outcome else None
    if not isinstance(error, FailedCall):
        raise TypeError("only failed calls are waited for")
    return error.fault
