"""A chat model together with what its provider's errors and answers look like."""

from dataclasses import dataclass
from typing import Any

from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, SystemMessage

from runtime.models.names import ModelName
from runtime.settings import Settings

HOSTED_OUTPUT_TOKENS = 16_384
LOCAL_OUTPUT_TOKENS = 3_072


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
    marks_cache: bool = False
    """Whether the stable part must be followed by a cache point for the provider to cache it."""

    @property
    def price_provider(self) -> str:
        """The provider's name in genai-prices."""
        return "aws" if self.name.provider == "bedrock_converse" else "openai"

    def system(self, text: str) -> SystemMessage:
        """The stable part of a prompt, marked for the provider's cache where that takes a mark."""
        if not self.marks_cache:
            return SystemMessage(text)
        return SystemMessage([{"type": "text", "text": text}, {"cachePoint": {"type": "default"}}])

    def invoke(self, messages: list[BaseMessage], max_output_tokens: int) -> AIMessage:
        """One request, blocking; raises one of `errors`."""
        return self.chat.invoke(messages, max_tokens=max_output_tokens)


def output_tokens(settings: Settings, *, local: bool) -> int:
    """The most tokens of one reply: the user's bound, or one that a local server can produce within a call's time."""
    return settings.arxla_model_max_output_tokens or (LOCAL_OUTPUT_TOKENS if local else HOSTED_OUTPUT_TOKENS)


def is_truncated(metadata: dict[str, Any]) -> bool:
    """Whether a reply hit its length limit: chat completions, Responses and Converse each say it in their own way."""
    if metadata.get("finish_reason") == "length" or metadata.get("stopReason") == "max_tokens":
        return True
    return metadata.get("status") == "incomplete"
