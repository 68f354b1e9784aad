"""The one place that asks language models: budget, patience, truncation, unreadable answers, accounts and events."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeVar

from langchain_core.messages import AIMessage, HumanMessage

from runtime.errors import UnusableAnswer
from runtime.events import Emit, ignore_events
from runtime.models.attempts import Clock
from runtime.models.caller import Caller, Calling
from runtime.models.connection import Connection, Request
from runtime.models.names import connect, is_local, parse_model_name
from runtime.models.reply import FENCE_LINE, Reply, join_continuation
from runtime.models.tool_rounds import ToolRounds
from runtime.models.tools import WEB_SEARCH, Tool, ToolAnswer
from runtime.models.usage import Budget, Ledger, check_price
from runtime.models.window import input_window
from runtime.settings import Settings

T = TypeVar("T")
RE_ASKS = 2
CONTINUATIONS = 2
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

    lasting = True
    """Whether what is made of an answer may be kept for other runs."""

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
        self._settings, self._budget = settings, budget
        caller = Caller(settings, ledger, budget, Clock(cancel or threading.Event(), deadline), emit)
        self._caller: Calling = caller
        self._limiter = caller.limiter
        self._names = {role: parse_model_name(name) for role, name in models.items()}

    def model(self, role: str) -> str:
        """provider:model of a role, for artefacts."""
        return self._names[role].short

    def window(self, role: str) -> int:
        """Tokens of a prompt (`system` and `user` together) that safely fit a role's model beside its answer."""
        return input_window(self._connect(role), self._settings)

    def is_local(self, role: str) -> bool:
        """Whether a role's model is served on this machine or network: free, and seldom fast."""
        return is_local(self._connect(role).base_url)

    def limits(self, role: str) -> tuple[int | None, int | None]:
        """Tokens and requests a minute that a role's model is kept to: the user's, or those that its provider told."""
        return self._limiter(self._connect(role)).limits

    def searches_the_web(self, role: str) -> bool:
        """Whether the role's provider can run `tools.WEB_SEARCH` itself."""
        return WEB_SEARCH in self._connect(role).own_tools

    def check(self) -> None:
        """Raise `Cancelled` or `BudgetExhausted` when the run has to stop: for waits between two asks."""
        self._caller.check()

    def _connect(self, role: str) -> Connection:
        connection = connect(self._names[role], self._settings)
        check_price(connection.name, connection.base_url, self._budget)
        return connection

    @contextmanager
    def _asking(self, role: str, key: str) -> Iterator[Calling]:  # noqa: ARG002
        """What makes the calls of one ask."""
        yield self._caller

    def ask(
        self,
        role: str,
        system: str,
        user: str,
        read: Callable[[str], T],
        *,
        temperature: float | None = None,
        key: str = "",
    ) -> T:
        """Ask a role's model and read its answer with `read`, which raises `Unreadable` with a reason.

        `system` is the part that stays the same from call to call, `user` the request. A model that takes no
        `temperature` is asked without it. `key` tells asks of one role apart that are made side by side, for recordings
        of them. Raises `UnusableAnswer` after two more tries, `ModelUnavailable`, `BudgetExhausted`, or `Cancelled`.
        """
        with self._asking(role, key) as caller:
            connection = self._connect(role)
            return self._read(caller, role, connection, _request(connection, system, user, temperature), read)

    def ask_with_tools(
        self,
        role: str,
        system: str,
        user: str,
        tools: Sequence[Tool | str],
        read: Callable[[str], T],
        *,
        rounds: int,
        temperature: float | None = None,
    ) -> ToolAnswer[T]:
        """Like `ask`, but the model may first call `tools`, in at most `rounds` rounds; then it has to answer.

        A tool is a `Tool`, or the name of one that the provider runs itself (`WEB_SEARCH`; left out, and said, where it
        does not). Its failure is told to the model; `BudgetExhausted`, `Cancelled` and `DiskFull` of a tool end the
        ask. A model that takes no tools is asked without any, which is said in a note and in the answer.
        """
        with self._asking(role, "") as caller:
            connection = self._connect(role)
            request = _request(connection, system, user, temperature)
            talk = ToolRounds(caller, self._settings, role, connection, tools).hold(request, rounds)
            value = self._read(caller, role, connection, talk.request, read, talk.reply)
            return ToolAnswer(value, talk.citations, talk.uses, talk.refused)

    def _read(
        self,
        caller: Calling,
        role: str,
        connection: Connection,
        request: Request,
        read: Callable[[str], T],
        first: Reply | None = None,
    ) -> T:
        """The answer, read; asked for again when it can't be. `first` is a reply that has come already."""
        again, reason = request, ""
        for _ in range(1 + RE_ASKS):
            text, complete = _answer(caller, role, connection, again, first)
            try:
                if not complete:
                    raise Unreadable("it was cut off by the length limit. Answer more briefly.")
                return read(text)
            except Unreadable as error:
                reason, first = str(error), None
            caller.note(role, f"asked {self.model(role)} again: {reason}")
            shown = [AIMessage(text[:SHOWN_CHARACTERS])] if text.strip() else []
            again = replace(request, messages=[*request.messages, *shown, HumanMessage(AGAIN.format(reason=reason))])
        raise UnusableAnswer(f"{self.model(role)} gave no usable answer as {role} in {1 + RE_ASKS} tries: {reason}")


def _answer(
    caller: Calling, role: str, connection: Connection, request: Request, first: Reply | None
) -> tuple[str, bool]:
    """The text of an answer, continued when cut off, and whether it can be read (no block is left open)."""
    reply = first or caller.call(role, connection, request)
    text = reply.text
    for _ in range(CONTINUATIONS):
        if not reply.truncated:
            break
        more = request
        if text.strip():
            more = replace(request, messages=[*request.messages, AIMessage(text), HumanMessage(CONTINUE)])
        else:  # It was still reasoning.
            request = more = replace(request, max_output_tokens=2 * request.max_output_tokens)
        reply = caller.call(role, connection, more)
        text = join_continuation(text, reply.text)
    cut_off = reply.truncated and (not text.strip() or len(FENCE_LINE.findall(text)) % 2 == 1)
    return text, not cut_off


def _request(connection: Connection, system: str, user: str, temperature: float | None) -> Request:
    return Request([connection.system(system), HumanMessage(user)], connection.max_output_tokens, temperature)
