"""The one place that asks language models: budget, patience, truncation, unreadable answers, accounts and events."""

import threading
import time
from collections.abc import Callable, Mapping
from typing import TypeVar

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.messages.utils import count_tokens_approximately

from runtime.errors import BudgetExhausted, Cancelled, UnusableAnswer
from runtime.events import Emit, ignore_events
from runtime.models.attempts import Clock, FailedCall, Patience, call_patiently, call_within, unavailable
from runtime.models.connection import Connection, PartialReply
from runtime.models.faults import Fault, FaultKind
from runtime.models.names import ModelName, connect, parse_model_name
from runtime.models.reply import FENCE_LINE, Reply, join_continuation, read_reply, without_thinking
from runtime.models.usage import Budget, Ledger, UsageLine, check_price, price
from runtime.settings import Settings

T = TypeVar("T")
RE_ASKS = 2
CONTINUATIONS = 2
EXPECTED_OUTPUT_TOKENS = 2_000
"""What an answer is estimated at before the call: a training function with its search space."""
FEWEST_OUTPUT_TOKENS = 64
FEWEST_CHARACTERS = 200
"""Of an answer whose time ran out, for it to be continued."""
SHOWN_CHARACTERS = 12_000
"""Of an unreadable answer, when it is shown to the model again."""
CONTINUE = (
    "Your answer was cut off by the length limit. Continue exactly where it stopped, in mid-line if need be: "
    "repeat nothing, add no greeting, open no new code block if one is open, and finish."
)
AGAIN = "That answer could not be used: {reason}\nAnswer again, completely, in exactly the format that was asked for."


class Unreadable(Exception):
    """Raised by a reader of answers; the message is the reason, in words that help the model to answer better."""


class ModelCalls:
    """Asks the models of a run; synchronous, and safe to use from several threads.

    `deadline` is on `time.monotonic`'s clock. An ask makes at most (1 + RE_ASKS) * (1 + CONTINUATIONS) calls of
    `patience.attempts` attempts each, every attempt and every wait bounded, and never outlasts the deadline.
    """

    def __init__(
        self,
        models: Mapping[str, str],
        settings: Settings,
        ledger: Ledger,
        budget: Budget,
        *,
        emit: Emit = ignore_events,
        cancel: threading.Event | None = None,
        deadline: float | None = None,
    ) -> None:
        """`models` maps each role to its model name; clients are made when first needed. Raises `InputError`."""
        self._settings, self._ledger, self._budget, self._emit = settings, ledger, budget, emit
        self._patience = Patience.of(settings)
        self._clock = Clock(cancel or threading.Event(), deadline)
        self._names = {role: parse_model_name(name) for role, name in models.items()}
        self._connections: dict[ModelName, Connection] = {}
        self._lock = threading.Lock()

    def model(self, role: str) -> str:
        """provider:model of a role, for artefacts."""
        return self._names[role].short

    def _connect(self, role: str) -> Connection:
        name = self._names[role]
        with self._lock:
            if name not in self._connections:
                connection = connect(name, self._settings)
                check_price(name, connection.base_url, self._budget)
                self._connections[name] = connection
            return self._connections[name]

    def ask(self, role: str, system: str, user: str, read: Callable[[str], T]) -> T:
        """Ask a role's model and read its answer with `read`, which raises `Unreadable` with a reason.

        `system` is the part that stays the same from call to call, `user` the request. Raises `UnusableAnswer` after
        two more tries, `ModelUnavailable`, `BudgetExhausted`, or `Cancelled`.
        """
        connection = self._connect(role)
        base: list[BaseMessage] = [connection.system(system), HumanMessage(user)]
        messages, reason = base, ""
        for _ in range(1 + RE_ASKS):
            text, complete = self._answer(role, connection, messages)
            try:
                if not complete:
                    raise Unreadable("it was cut off by the length limit. Answer more briefly.")
                return read(text)
            except Unreadable as error:
                reason = str(error)
            self._emit({"kind": "note", "agent": role, "text": f"asked {self.model(role)} again: {reason}"})
            shown = [AIMessage(text[:SHOWN_CHARACTERS])] if text.strip() else []
            messages = [*base, *shown, HumanMessage(AGAIN.format(reason=reason))]
        raise UnusableAnswer(f"{self.model(role)} gave no usable answer as {role} in {1 + RE_ASKS} tries: {reason}")

    def _answer(self, role: str, connection: Connection, messages: list[BaseMessage]) -> tuple[str, bool]:
        """The text of an answer, continued when cut off, and whether it can be read (no block is left open)."""
        limit = connection.max_output_tokens
        reply = self._call(role, connection, messages, limit)
        text = reply.text
        for _ in range(CONTINUATIONS):
            if not reply.truncated:
                break
            conversation = messages
            if text.strip():
                conversation = [*messages, AIMessage(text), HumanMessage(CONTINUE)]
            else:
                limit *= 2  # It was still reasoning.
            reply = self._call(role, connection, conversation, limit)
            text = join_continuation(text, reply.text)
        cut_off = reply.truncated and (not text.strip() or len(FENCE_LINE.findall(text)) % 2 == 1)
        return text, not cut_off

    def _call(self, role: str, connection: Connection, messages: list[BaseMessage], limit: int) -> Reply:
        """One call within the budget, tried patiently."""
        attempts = 0

        def attempt() -> Reply:
            nonlocal attempts
            attempts += 1
            return self._attempt(role, connection, messages, limit)

        def waiting(fault: Fault, seconds: float, number: int) -> None:
            message = f"{connection.name.short}: {self._settings.mask_secrets(fault.message)}"
            note = f"{message}; waiting {seconds:.3g} s after attempt {number} of {self._patience.attempts}"
            self._emit({"kind": "note", "agent": role, "text": note})

        try:
            return call_patiently(attempt, self._patience, self._clock, waiting)
        except FailedCall as failed:
            fault = Fault(failed.fault.kind, self._settings.mask_secrets(failed.fault.message))
            raise unavailable(connection.name.short, fault, connection.key_hint, attempts) from failed

    def _attempt(self, role: str, connection: Connection, messages: list[BaseMessage], limit: int) -> Reply:
        self._clock.left()
        estimate = count_tokens_approximately(messages)
        expected = min(EXPECTED_OUTPUT_TOKENS, limit)
        left = self._ledger.tokens_left(self._budget)
        if left is not None:
            limit = max(FEWEST_OUTPUT_TOKENS, min(limit, left - estimate))
        with self._ledger.reserve(self._budget, estimate + expected, price(connection.name, estimate, expected)):
            started = time.monotonic()
            partial = PartialReply()
            try:
                message = call_within(
                    self._patience.timeout_s,
                    lambda: connection.invoke(messages, limit, partial),
                    connection.errors,
                    self._clock,
                )
            except (FailedCall, BudgetExhausted, Cancelled) as failed:
                slow = isinstance(failed, FailedCall) and failed.fault.kind is FaultKind.SLOW
                if isinstance(failed, FailedCall) and not slow:
                    raise
                # The provider bills a request that nobody waits for any more; half an answer can be continued.
                half = partial.give_up()
                written = count_tokens_approximately([AIMessage(half)])
                reply = Reply(without_thinking(half), True, estimate, written)
                self._account(role, connection, reply, time.monotonic() - started)
                if not slow or len(reply.text) < FEWEST_CHARACTERS:
                    raise
                return reply
            finally:
                partial.give_up()
            reply = read_reply(message)
            if reply.input_tokens is None or reply.output_tokens is None:
                output = count_tokens_approximately([message])
                reply = Reply(reply.text, reply.truncated, estimate, output)
            self._account(role, connection, reply, time.monotonic() - started)
            return reply

    def _account(self, role: str, connection: Connection, reply: Reply, seconds: float) -> None:
        read, written = reply.input_tokens or 0, reply.output_tokens or 0
        usd = price(connection.name, read, written, reply.cached_tokens)
        name = connection.name.short
        self._ledger.add(UsageLine(role, name, 1, read, written, reply.cached_tokens, usd, seconds))
        event = {"kind": "model_call", "agent": role, "model": name, "seconds": round(seconds, 3)}
        tokens = {"tokens": read + written, "input_tokens": read, "output_tokens": written}
        self._emit(event | tokens | {"usd": usd})
