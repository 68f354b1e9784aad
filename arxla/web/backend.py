"""The server behind the page: who starts, stops and goes on with runs, and holds chats."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from runtime.approval import Answer, Question
from runtime.errors import ArxlaError, InputError


class ServerMissing(ArxlaError):
    """No server is behind the page, or it did not answer."""


class NotThere(InputError):
    """There is no such run or chat."""


@dataclass(frozen=True)
class Message:
    role: Literal["human", "ai"]
    text: str


@dataclass(frozen=True)
class Chat:
    """One line of the history."""

    id: str
    title: str
    updated: str = ""
    busy: bool = False


@dataclass(frozen=True)
class Conversation:
    """A chat as it stands."""

    id: str
    messages: list[Message] = field(default_factory=list)
    question: Question | None = None
    """What it waits for."""
    turn: str = ""
    """What is being worked on now; empty when it is the user's turn."""
    run_id: str = ""
    """The last run that came of it."""
    unfinished: bool = False
    """Whether its last turn has more to do: it is worked on, waits for an answer, or was stopped."""


@dataclass(frozen=True)
class News:
    """Something that a turn of a chat brought: an event of the run, a message, a question, or a failure."""

    kind: Literal["event", "message", "question", "error"]
    content: Any
    """Event, Message, Question, or a sentence."""
    id: str = ""
    """From where a stream that broke goes on."""


class Backend(Protocol):
    """Every method raises `ServerMissing` when it can't do its work."""

    async def open_thread(self, run_id: str) -> str:
        """A thread for a run of the form."""
        ...

    async def start(self, thread_id: str, task: dict[str, Any], run_id: str) -> None:
        """Begin a run whose folder is there."""
        ...

    async def cancel(self, thread_id: str) -> None:
        """Stop what the thread works on; it can go on later."""
        ...

    async def resume(self, thread_id: str) -> None:
        """Go on from the last finished step."""
        ...

    async def answer(self, thread_id: str, answer: Answer) -> None:
        """Answer the question that the thread waits with."""
        ...

    async def chats(self, limit: int) -> list[Chat]:
        """The newest chats first."""
        ...

    async def open_chat(self, title: str) -> str:
        """A new chat's thread."""
        ...

    async def conversation(self, thread_id: str) -> Conversation:
        """Raises `NotThere` when there is no such chat."""
        ...

    async def say(self, thread_id: str, text: str) -> str:
        """Give the chat a message; returns the turn that works on it."""
        ...

    def news(self, thread_id: str, turn: str, after: str) -> AsyncIterator[News]:
        """What the turn brings until it ends, from the start or from what came after the given id on."""
        ...
