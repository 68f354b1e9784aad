"""A chat model together with what its provider's errors and answers look like."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, SystemMessage
from langchain_core.messages.ai import add_ai_message_chunks
from langchain_core.runnables import Runnable

from runtime.models.names import ModelName
from runtime.settings import Settings

MOST_CONNECTIONS = 512
"""Of one client: what the most chunks side by side (`arxla_parallel_chunks`) need."""
HOSTED_OUTPUT_TOKENS = 16_384
LOCAL_OUTPUT_TOKENS = 3_072
MALFORMED = (ValueError, TypeError, LookupError, AttributeError, RecursionError)
"""What SDKs and LangChain raise at a reply that is not what the protocol says, as half-compatible servers send."""


class PartialReply:
    """What has come of a reply; written by the calling thread and read by the one that waits."""

    def __init__(self) -> None:
        self._chunks: list[AIMessageChunk] = []
        self._given_up = threading.Event()

    def add(self, chunk: AIMessageChunk) -> None:
        """Keep a chunk. Raises `TimeoutError` when nobody waits any more, which closes the connection."""
        if self._given_up.is_set():
            raise TimeoutError("nobody waits for this reply any more")
        self._chunks.append(chunk)

    @property
    def started(self) -> bool:
        """Whether any chunk has come."""
        return bool(self._chunks)

    def give_up(self) -> str:
        """Stop collecting; the text so far."""
        self._given_up.set()
        return "".join(chunk.text for chunk in list(self._chunks))

    def message(self) -> AIMessageChunk:
        """All chunks as one message."""
        return add_ai_message_chunks(*self._chunks)


@dataclass(frozen=True)
class Request:
    """One request to a model."""

    messages: list[BaseMessage]
    max_output_tokens: int
    temperature: float | None = None
    tools: Sequence[dict[str, Any]] = ()
    """In the chat completions format, or a provider's own as `{"type": "web_search"}`."""


@dataclass(frozen=True)
class Connection:
    """What a provider gives. `errors` are the exceptions that a call may raise for reasons outside arxla."""

    name: ModelName
    chat: BaseChatModel
    errors: tuple[type[Exception], ...]
    key_hint: str
    """What to set when the provider refuses the key, in words."""
    max_output_tokens: int
    base_url: str | None = None
    streams: bool = False
    """Whether replies are streamed, so that a slow server's half answer is continued rather than asked for again."""
    marks_cache: bool = False
    """Whether the stable part must be followed by a cache point for the provider to cache it."""
    own_tools: frozenset[str] = frozenset()
    """Tools that the provider itself runs, e.g. web_search."""
    refuses: set[str] = field(default_factory=set)
    """What the model was seen to refuse: temperature, tools."""
    list_models: Callable[[], list[dict[str, Any]]] | None = None
    """The entries of the server's `/v1/models`, blocking; raises one of `errors`."""
    told: dict[str, int | None] = field(default_factory=dict)
    """What the server has told of the model."""

    def system(self, text: str) -> SystemMessage:
        """The stable part of a prompt, marked for the provider's cache where that takes a mark."""
        if not self.marks_cache:
            return SystemMessage(text)
        return SystemMessage([{"type": "text", "text": text}, {"cachePoint": {"type": "default"}}])

    def invoke(self, request: Request, partial: PartialReply) -> AIMessage:
        """One request, blocking; raises one of `errors`. A streamed reply fills `partial` while it comes."""
        chat: Runnable[Any, Any] = self.chat.bind_tools(request.tools) if request.tools else self.chat
        options: dict[str, Any] = {"max_tokens": request.max_output_tokens}
        if request.temperature is not None and "temperature" not in self.refuses:
            options["temperature"] = request.temperature
        if self.streams:
            try:
                for chunk in chat.stream(request.messages, **options):
                    partial.add(chunk)
                return partial.message()
            except ValueError:
                if partial.started:
                    raise
                # LangChain found no chunk: a server that answers in one piece although asked to stream.
        message = chat.invoke(request.messages, **options)
        if not isinstance(message, AIMessage):
            raise TypeError(f"the reply is a {type(message).__name__}, not an assistant's")
        return message


def output_tokens(settings: Settings, *, local: bool) -> int:
    """The most tokens of one reply: the user's bound, or one that a local server can produce within a call's time."""
    return settings.arxla_model_max_output_tokens or (LOCAL_OUTPUT_TOKENS if local else HOSTED_OUTPUT_TOKENS)


def is_truncated(metadata: dict[str, Any]) -> bool:
    """Whether a reply hit its length limit: chat completions, Responses and Converse each say it in their own way."""
    if metadata.get("finish_reason") == "length" or metadata.get("stopReason") == "max_tokens":
        return True
    return metadata.get("status") == "incomplete"
