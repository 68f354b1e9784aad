"""One model call: within budget and limits, tried patiently, accounted."""

import time
from dataclasses import replace
from typing import Protocol

from langchain_core.messages import AIMessage
from langchain_core.messages.utils import count_tokens_approximately

from runtime.errors import BudgetExhausted, Cancelled
from runtime.events import Emit
from runtime.models.attempts import Clock, FailedCall, Patience, call_patiently, call_within, unavailable
from runtime.models.connection import Connection, PartialReply, Request
from runtime.models.faults import Fault, FaultKind
from runtime.models.limiter import Limiter, Slot, limiter_of
from runtime.models.reply import Reply, legible, read_reply
from runtime.models.usage import Budget, Ledger, UsageLine, price
from runtime.settings import Settings

EXPECTED_OUTPUT_TOKENS = 2_000
"""What an answer is estimated at before the call: a training function with its search space."""
FEWEST_OUTPUT_TOKENS = 64
FEWEST_CHARACTERS = 200
"""Of an answer whose time ran out, for it to be continued."""
TOLD_WAIT_S = 5.0
"""From how long a wait for the model's limits is told."""
TOOL_WORDS = ("tool", "function call", "function_call", "--jinja")


class Calling(Protocol):
    """Makes the calls of an ask: `Caller`, or what records or replays them."""

    def note(self, role: str, text: str) -> None: ...

    def note_once(self, role: str, text: str) -> None: ...

    def check(self) -> None: ...

    def call(self, role: str, connection: Connection, request: Request) -> Reply: ...


class ToolsRefused(Exception):
    """The model or its server takes no tools; the message is what it said."""


class Caller:
    """Makes the calls of a run; safe to use from several threads."""

    def __init__(self, settings: Settings, ledger: Ledger, budget: Budget, clock: Clock, emit: Emit) -> None:
        self._settings, self._ledger, self._budget, self._clock, self._emit = settings, ledger, budget, clock, emit
        self._patience = Patience.of(settings)

    def note(self, role: str, text: str) -> None:
        """Tell the user."""
        self._emit({"kind": "note", "agent": role, "text": self._settings.mask_secrets(text)})

    def note_once(self, role: str, text: str) -> None:
        """Tell the user, unless this run has said the same before."""
        if self._ledger.first_time(text):
            self.note(role, text)

    def check(self) -> None:
        """Raise `Cancelled` or `BudgetExhausted` when the run has to stop."""
        self._clock.left()

    def call(self, role: str, connection: Connection, request: Request) -> Reply:
        """One call, tried patiently. Raises `ModelUnavailable`, `BudgetExhausted`, `Cancelled`, or `ToolsRefused`."""
        attempts = 0
        place = time.monotonic()

        def attempt() -> Reply:
            nonlocal attempts
            attempts += 1
            return self._attempt(role, connection, request, place)

        def waiting(fault: Fault, seconds: float, number: int) -> None:
            if fault.kind is FaultKind.THROTTLED:
                return
            message = f"{connection.name.short}: {fault.message}; waiting {seconds:.3g} s"
            self.note(role, f"{message} after attempt {number} of {self._patience.attempts}")

        if request.temperature is not None and not _takes_temperature(connection):
            self.note_once(role, f"{connection.name.short} takes no temperature; it is asked without one")
            request = replace(request, temperature=None)
        try:
            return call_patiently(attempt, self._patience, self._clock, waiting)
        except FailedCall as failed:
            fault = failed.fault
            if request.temperature is not None and _speaks_of(fault, "temperature"):
                connection.refuses.add("temperature")
                return self.call(role, connection, request)
            if request.tools and fault.kind is FaultKind.REFUSED:
                raise ToolsRefused(self._settings.mask_secrets(fault.message)) from failed
            fault = replace(fault, message=self._settings.mask_secrets(fault.message))
            raise unavailable(connection.name.short, fault, connection.key_hint, attempts) from failed

    def _attempt(self, role: str, connection: Connection, request: Request, place: float) -> Reply:
        """One request, when its turn has come."""
        self._ledger.seconds_left(self._budget)
        estimate = count_tokens_approximately(request.messages, tools=list(request.tools) or None)
        expected = min(EXPECTED_OUTPUT_TOKENS, request.max_output_tokens)
        limiter = self.limiter(connection)
        with limiter.slot(estimate + expected, self._clock, place) as slot:
            self._tell(role, connection, limiter, slot)
            left = self._ledger.tokens_left(self._budget)
            if left is not None:
                most = max(FEWEST_OUTPUT_TOKENS, min(request.max_output_tokens, left - estimate))
                request = replace(request, max_output_tokens=most)
            usd = price(connection.name, estimate, expected)
            try:
                with self._ledger.reserve(self._budget, estimate + expected, usd), self._ledger.in_flight():
                    reply = self._send(role, connection, request, estimate, slot)
            except FailedCall as failed:
                raise FailedCall(self._understand(role, connection, request, failed.fault, slot)) from failed
            slot.succeeded()
            if None not in reply.limits and self._settings.arxla_tokens_per_minute is None:
                limiter.keep(*reply.limits)
            return reply

    def _send(self, role: str, connection: Connection, request: Request, estimate: int, slot: Slot) -> Reply:
        """Ask, and account for what came, half an answer included."""
        started = time.monotonic()
        partial = PartialReply()
        clock = self._clock.until(self._ledger.seconds_left(self._budget), self._budget.seconds_are_over)
        try:
            message = call_within(
                self._patience.timeout_s, lambda: connection.invoke(request, partial), connection.errors, clock
            )
        except (FailedCall, BudgetExhausted, Cancelled) as failed:
            slow = isinstance(failed, FailedCall) and failed.fault.kind is FaultKind.SLOW
            if isinstance(failed, FailedCall) and not slow:
                raise
            # The provider bills a request that nobody waits for any more; half an answer can be continued.
            half = partial.give_up()
            written = count_tokens_approximately([AIMessage(half)])
            reply = Reply(legible(half), True, estimate, written)
            self._account(role, connection, reply, time.monotonic() - started, slot)
            if not slow or len(reply.text) < FEWEST_CHARACTERS:
                raise
            return reply
        finally:
            partial.give_up()
        reply = read_reply(message)
        if reply.input_tokens is None or reply.output_tokens is None:
            reply = replace(reply, input_tokens=estimate, output_tokens=count_tokens_approximately([message]))
        self._account(role, connection, reply, time.monotonic() - started, slot)
        return reply

    def _account(self, role: str, connection: Connection, reply: Reply, seconds: float, slot: Slot) -> None:
        read, written = reply.input_tokens or 0, reply.output_tokens or 0
        slot.settle(read + written)
        usd = price(connection.name, read, written, reply.cached_tokens)
        name = connection.name.short
        self._ledger.add(UsageLine(role, name, 1, read, written, reply.cached_tokens, usd, seconds))
        event = {"kind": "model_call", "agent": role, "model": name, "seconds": round(seconds, 3)}
        tokens = {"tokens": read + written, "input_tokens": read, "output_tokens": written}
        self._emit(event | tokens | {"usd": usd})

    def _understand(self, role: str, connection: Connection, request: Request, fault: Fault, slot: Slot) -> Fault:
        """A fault with what it means for the other calls to this model, and for tools."""
        if fault.kind is FaultKind.THROTTLED:
            seconds, begins = slot.throttled(fault.retry_after_s, self._patience)
            if begins:
                said = f"{connection.name.short}: {fault.message}"
                self.note(role, f"{said}; waiting {seconds:.3g} s with every call to it")
            return replace(fault, pause_s=seconds)
        if request.tools and fault.kind in (FaultKind.BUSY, FaultKind.NO_MODEL) and _speaks_of(fault, *TOOL_WORDS):
            return replace(fault, kind=FaultKind.REFUSED)
        return fault

    def limiter(self, connection: Connection) -> Limiter:
        """The queue of a connection's model, kept to the settings' limits when they name any."""
        limiter = limiter_of(connection.name, connection.base_url)
        tokens, requests = self._settings.arxla_tokens_per_minute, self._settings.arxla_requests_per_minute
        if tokens is not None or requests is not None:
            limiter.keep(tokens, requests)
        return limiter

    def _tell(self, role: str, connection: Connection, limiter: Limiter, slot: Slot) -> None:
        tokens, requests = limiter.limits
        name = connection.name.short
        if slot.oversized:
            self.note_once(role, f"a call to {name} is larger than the {tokens} tokens a minute: such calls go alone")
        if slot.waited_s >= TOLD_WAIT_S and (tokens or requests):
            limits = [f"{tokens} tokens"] * (tokens is not None) + [f"{requests} requests"] * (requests is not None)
            self.note_once(role, f"calls to {name} wait their turn: {' and '.join(limits)} a minute")


def _takes_temperature(connection: Connection) -> bool:
    profile = connection.chat.profile or {}
    return "temperature" not in connection.refuses and profile.get("temperature") is not False


def _speaks_of(fault: Fault, *words: str) -> bool:
    message = fault.message.lower()
    return any(word in message for word in words)
