"""Model calls that are recorded, or replayed from a recording without any model."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from langchain_core.language_models.fake_chat_models import FakeListChatModel

from runtime.errors import ArxlaError, ModelUnavailable
from runtime.events import Emit, ignore_events
from runtime.models.caller import Calling, ToolsRefused
from runtime.models.calls import ModelCalls
from runtime.models.connection import Connection, Request
from runtime.models.recording import (
    FAILURES,
    AskLine,
    FactLine,
    Recording,
    SpokenLine,
    heard,
    keep_line,
    recording_file,
    spoken,
)
from runtime.models.reply import Reply
from runtime.models.tools import WEB_SEARCH
from runtime.models.usage import REPLAYED, Budget, Ledger, UsageLine
from runtime.settings import Settings


def open_calls(
    models: Mapping[str, str], settings: Settings, ledger: Ledger, budget: Budget, *, subject: str, **bounds: Any
) -> ModelCalls:
    """The model calls of a run on `subject`: plain ones, or as the settings say recorded or replayed ones."""
    if settings.arxla_replay is not None:
        recording = Recording(recording_file(settings.arxla_replay, subject))
        return ReplayedCalls(recording, models, settings, ledger, budget, **bounds)
    if settings.arxla_record is not None:
        return RecordedCalls(subject, models, settings, ledger, budget, **bounds)
    return ModelCalls(models, settings, ledger, budget, **bounds)


class RecordedCalls(ModelCalls):
    """Keeps what each ask took; raises `DiskFull` when it can't."""

    lasting = False

    def __init__(
        self, subject: str, models: Mapping[str, str], settings: Settings, ledger: Ledger, budget: Budget, **bounds: Any
    ) -> None:
        super().__init__(models, settings, ledger, budget, **bounds)
        assert settings.arxla_record is not None
        self._path, self._ledger = recording_file(settings.arxla_record, subject), ledger

    def window(self, role: str) -> int:
        return int(self._told(role, "window", super().window(role)))

    def is_local(self, role: str) -> bool:
        return bool(self._told(role, "local", super().is_local(role)))

    def searches_the_web(self, role: str) -> bool:
        return bool(self._told(role, "web", super().searches_the_web(role)))

    def _told(self, role: str, fact: str, value: Any) -> Any:
        if self._ledger.first_time(f"recorded {role} {fact}"):
            line = FactLine(run=self._ledger.name, agent=role, model=self.model(role), fact=fact, value=value)
            keep_line(self._path, line, self._settings.mask_secrets)
        return value

    @contextmanager
    def _asking(self, role: str, key: str) -> Iterator[Calling]:
        line = AskLine(run=self._ledger.name, agent=role, key=key, model=self.model(role))
        try:
            yield _Recorder(self._caller, line)
        except tuple(FAILURES.values()) as fault:
            line.failure, line.message = type(fault).__name__, str(fault)
            line.lasting = isinstance(fault, ModelUnavailable) and fault.lasting
            keep_line(self._path, line, self._settings.mask_secrets)
            raise
        keep_line(self._path, line, self._settings.mask_secrets)


class _Recorder:
    """The caller of one ask."""

    def __init__(self, caller: Calling, line: AskLine) -> None:
        self._caller, self._line = caller, line
        self.note, self.note_once, self.check = caller.note, caller.note_once, caller.check

    def call(self, role: str, connection: Connection, request: Request) -> Reply:
        try:
            reply = self._caller.call(role, connection, request)
        except ToolsRefused as refusal:
            self._line.replies.append(SpokenLine(tools_refused=str(refusal) or "it takes no tools"))
            raise
        self._line.replies.append(spoken(reply))
        return reply


class ReplayedCalls(ModelCalls):
    """Answers from a recording alone, or raises `RecordingOver`. Nothing is bought, so no budget holds."""

    lasting = False

    def __init__(
        self,
        recording: Recording,
        models: Mapping[str, str],
        settings: Settings,
        ledger: Ledger,
        budget: Budget,
        emit: Emit = ignore_events,
        **bounds: Any,
    ) -> None:
        super().__init__(models, settings, ledger, budget, emit=emit, **bounds)
        self._recording, self._ledger, self._emit = recording, ledger, emit

    def model(self, role: str) -> str:
        """The recorded model, said to be replayed."""
        return f"{self._recording.models.get(role) or super().model(role)}{REPLAYED}"

    def window(self, role: str) -> int:
        return int(self._fact(role, "window"))

    def is_local(self, role: str) -> bool:
        return bool(self._fact(role, "local"))

    def limits(self, role: str) -> tuple[int | None, int | None]:  # noqa: ARG002
        return None, None

    def searches_the_web(self, role: str) -> bool:
        return bool(self._fact(role, "web"))

    def _fact(self, role: str, fact: str) -> Any:
        if (role, fact) not in self._recording.facts:
            raise self._recording.over(role, f"its {fact}")
        return self._recording.facts[role, fact]

    def _connect(self, role: str) -> Connection:
        """A stand-in: nobody is connected to."""
        own = frozenset({WEB_SEARCH} if self._recording.facts.get((role, "web")) else ())
        return Connection(self._names[role], FakeListChatModel(responses=[]), (), "", 1, own_tools=own)

    def count(self, role: str, reply: Reply) -> None:
        """Account for a replayed call: its tokens as they were recorded, for no money and in no time."""
        read, written = reply.input_tokens or 0, reply.output_tokens or 0
        self._ledger.add(UsageLine(role, self.model(role), 1, read, written))
        event = {"kind": "model_call", "agent": role, "model": self.model(role), "seconds": 0.0, "usd": 0.0}
        self._emit(event | {"tokens": read + written, "input_tokens": read, "output_tokens": written})

    @contextmanager
    def _asking(self, role: str, key: str) -> Iterator[Calling]:
        place = self._ledger.take(lambda taken: self._recording.find(role, key, taken))
        if place is None:
            raise self._recording.over(role, key)
        ask = self._recording.asks[place]
        if ask.key != key:
            self._caller.note(role, f"the recording knows no {key or 'plain request'}; its next answer was taken")
        yield _Player(self, self._recording, ask, self._caller)


class _Player:
    """The caller of one ask: its recorded replies, one after the other."""

    def __init__(self, calls: ReplayedCalls, recording: Recording, ask: AskLine, caller: Calling) -> None:
        self._calls, self._recording, self._ask, self._left = calls, recording, ask, list(ask.replies)
        self.note, self.note_once, self.check = caller.note, caller.note_once, caller.check

    def call(self, role: str, connection: Connection, request: Request) -> Reply:  # noqa: ARG002
        self.check()
        if not self._left:
            raise self._end(role)
        line = self._left.pop(0)
        if line.tools_refused:
            raise ToolsRefused(line.tools_refused)
        reply = heard(line)
        self._calls.count(role, reply)
        return reply

    def _end(self, role: str) -> ArxlaError:
        """What the ask ended with, or that more is asked of it than was recorded."""
        kind = FAILURES.get(self._ask.failure)
        if kind is ModelUnavailable:
            return ModelUnavailable(self._ask.message, lasting=self._ask.lasting)
        return kind(self._ask.message) if kind else self._recording.over(role, self._ask.key)
